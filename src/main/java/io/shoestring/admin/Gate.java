package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.shoestring.base.Clock;
import io.shoestring.config.AdminConfig.Role;
import io.shoestring.model.Event.Severity;
import io.shoestring.monitoring.Events;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Decides who may come in and do what: a program by a token or a name and a password, a browser by
 * the session that it got for one of them.
 *
 * <p>Wrong tokens are slowed down; a right one never is, or whoever can reach the port could lock
 * the operator out in an emergency. That is safe because a token has {@link AdminToken#MIN_LENGTH}
 * characters at least. Passwords may be guessed, so they are held back: see {@link Attempts}.
 */
final class Gate {
    /** A page of another site cannot send this header without being asked first by the browser. */
    static final String PAGE_HEADER = "X-Shoestring";

    static final int MOST_WRONG_TOKENS = 10;
    static final Duration TOKEN_WINDOW = Duration.ofSeconds(1);
    private static final String BEARER = "Bearer ";
    private static final String BASIC = "Basic ";

    private final Accounts accounts;
    private final Events events;
    private final Sessions sessions;
    private final FailureLimit failures;
    private final Attempts attempts;

    /** One password after the other: each takes 19 MiB, and is counted before the next one. */
    private final ReentrantLock looking = new ReentrantLock(true);

    /**
     * What somebody shows.
     *
     * @param name empty for a token
     */
    record Credentials(String name, String secret) {
        @Override
        public String toString() {
            return "Credentials[hidden]";
        }
    }

    Gate(Accounts accounts, Events events, Clock clock) {
        this.accounts = requireNonNull(accounts, "accounts is null");
        this.events = requireNonNull(events, "events is null");
        this.sessions = new Sessions(clock);
        this.failures = new FailureLimit(MOST_WRONG_TOKENS, TOKEN_WINDOW, clock);
        this.attempts = new Attempts(events, clock);
    }

    /**
     * Lets an API request pass.
     *
     * @throws Refusal 401, 403 or 429
     */
    Visitor admit(Request request, Role needed) throws Refusal {
        Visitor visitor = identify(request);
        if (!visitor.may(needed)) {
            throw new Refusal(
                    HttpResponseStatus.FORBIDDEN,
                    "%s has the role %s; this needs %s."
                            .formatted(visitor.description(), told(visitor.role()), told(needed)));
        }
        return visitor;
    }

    /**
     * Finds out who asks.
     *
     * @throws Refusal 401, 403 or 429
     */
    Visitor identify(Request request) throws Refusal {
        Optional<String> authorization = request.header(HttpHeaderNames.AUTHORIZATION);
        if (authorization.isPresent()) {
            return recognize(request, credentials(authorization.get()));
        }
        Visitor visitor =
                session(request)
                        .orElseThrow(
                                () ->
                                        new Refusal(
                                                HttpResponseStatus.UNAUTHORIZED,
                                                "Send the token that is in the node's token file,"
                                                        + " or one of your own: 'Authorization:"
                                                        + " Bearer TOKEN'."));
        if (request.changesSomething()) {
            refuseOtherSites(request);
            if (request.header(PAGE_HEADER).isEmpty()) {
                throw new Refusal(
                        HttpResponseStatus.FORBIDDEN,
                        "A session may change something only with the header " + PAGE_HEADER + ".");
            }
        }
        return visitor;
    }

    /** Whether who asked would be let in by the same request now; looks at no password. */
    boolean stillAdmits(Request request, Visitor visitor) {
        boolean bySession = request.header(HttpHeaderNames.AUTHORIZATION).isEmpty();
        return accounts.stillHas(visitor) && (!bySession || session(request).isPresent());
    }

    /**
     * Begins a session.
     *
     * @return the session's id
     * @throws Refusal 401, 403 or 429
     */
    String logIn(Request request, Credentials offered) throws Refusal {
        refuseOtherSites(request);
        Visitor visitor = recognize(request, offered);
        // A session of before is not taken over: who had put its id there would be in, too.
        sessionId(request).ifPresent(sessions::end);
        if (visitor.account().isPresent()) {
            events.add(
                    Severity.INFO,
                    Optional.empty(),
                    0,
                    "%s logged in from %s, as %s."
                            .formatted(
                                    visitor.name(),
                                    request.remote().getHostAddress(),
                                    told(visitor.role())));
        }
        return sessions.begin(visitor);
    }

    /**
     * Ends the session of the request, if it has one.
     *
     * @throws Refusal 403 when another site asks for it
     */
    void logOut(Request request) throws Refusal {
        refuseOtherSites(request);
        sessionId(request).ifPresent(sessions::end);
    }

    /** Who has the session of the request; empty if it has none, or whoever began it is gone. */
    Optional<Visitor> session(Request request) {
        return sessionId(request).flatMap(sessions::visitor).filter(accounts::stillHas);
    }

    /** Whether there is anybody to log in by name. */
    boolean hasUsers() {
        return accounts.hasUsers();
    }

    /** Browsers do not tell ports apart in cookies, and one machine may have several nodes. */
    static String cookieName(Request request) {
        String host = request.header(HttpHeaderNames.HOST).orElse("");
        String port = host.substring(host.lastIndexOf(':') + 1);
        // A name that begins so is kept from whoever has no TLS, and from other hosts of a domain.
        String prefix = request.secure() ? "__Host-" : "";
        return prefix + (port.matches("[0-9]{1,5}") ? "shoestring-" + port : "shoestring");
    }

    static String told(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    private Visitor recognize(Request request, Credentials offered) throws Refusal {
        Optional<Visitor> byToken = accounts.byToken(offered.secret());
        if (byToken.isPresent()) {
            return byToken.get();
        }
        return offered.name().isEmpty() || !accounts.hasUsers()
                ? refuseToken(request)
                : byPassword(request, offered);
    }

    private Visitor refuseToken(Request request) throws Refusal {
        if (failures.isTooMany(request.remote().getHostAddress())) {
            throw new Refusal(
                    HttpResponseStatus.TOO_MANY_REQUESTS,
                    "Too many wrong tokens came from this address. Try again in a second.");
        }
        throw new Refusal(
                HttpResponseStatus.UNAUTHORIZED,
                "This is not the token that is in the node's token file"
                        + (accounts.hasUsers() ? ", nor that of a user." : "."));
    }

    private Visitor byPassword(Request request, Credentials offered) throws Refusal {
        looking.lock();
        try {
            attempts.check(request.remote(), offered.name());
            Optional<Visitor> visitor = accounts.byPassword(offered.name(), offered.secret());
            if (visitor.isPresent()) {
                return visitor.get();
            }
            attempts.failed(request.remote(), offered.name(), accounts.knows(offered.name()));
        } finally {
            looking.unlock();
        }
        throw new Refusal(
                HttpResponseStatus.UNAUTHORIZED, "The name and the password do not match.");
    }

    /**
     * A token: by itself, or as the password of whatever user, for tools that know nothing else; or
     * a name and a password. Nobody is asked for a password, so that no browser remembers one.
     */
    private static Credentials credentials(String authorization) throws Refusal {
        if (authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return basic(authorization.substring(BASIC.length()).strip());
        }
        if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw new Refusal(
                    HttpResponseStatus.UNAUTHORIZED,
                    "Only 'Authorization: Bearer TOKEN', and HTTP's basic authentication, are"
                            + " understood.");
        }
        return new Credentials("", authorization.substring(BEARER.length()).strip());
    }

    private static Credentials basic(String encoded) {
        try {
            String text = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            return new Credentials(
                    text.substring(0, Math.max(0, colon)), text.substring(colon + 1));
        } catch (IllegalArgumentException _) {
            return new Credentials("", "");
        }
    }

    private static void refuseOtherSites(Request request) throws Refusal {
        String host = request.header(HttpHeaderNames.HOST).orElse("").toLowerCase(Locale.ROOT);
        String origin =
                request.header(HttpHeaderNames.ORIGIN)
                        .orElse("https://" + host)
                        .toLowerCase(Locale.ROOT);
        String site = request.header("Sec-Fetch-Site").orElse("same-origin");
        // What comes without TLS may have had it as far as a proxy before this node.
        boolean sameOrigin =
                origin.equals("https://" + host)
                        || (!request.secure() && origin.equals("http://" + host));
        if (!sameOrigin || !site.matches("same-origin|none")) {
            throw new Refusal(
                    HttpResponseStatus.FORBIDDEN, "The request comes from a page of another site.");
        }
    }

    private static Optional<String> sessionId(Request request) {
        String name = cookieName(request);
        return request.headers().getAll(HttpHeaderNames.COOKIE).stream()
                .flatMap(header -> ServerCookieDecoder.STRICT.decodeAll(header).stream())
                .filter(cookie -> cookie.name().equals(name))
                .map(Cookie::value)
                .findFirst();
    }
}
