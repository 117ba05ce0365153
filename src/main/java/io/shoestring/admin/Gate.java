package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.shoestring.base.Clock;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides who may come in: a program by the token, a browser by the session that it got for the
 * token.
 *
 * <p>Wrong tokens are slowed down; the right one never is, or whoever can reach the port could lock
 * the operator out in an emergency. That is safe because a token has {@link AdminToken#MIN_LENGTH}
 * characters at least.
 */
final class Gate {
    /** A page of another site cannot send this header without being asked first by the browser. */
    static final String PAGE_HEADER = "X-Shoestring";

    private static final String BEARER = "Bearer ";
    private static final String BASIC = "Basic ";

    private final AdminToken token;
    private final Sessions sessions;
    private final FailureLimit failures;

    Gate(AdminToken token, Clock clock) {
        this.token = requireNonNull(token, "token is null");
        this.sessions = new Sessions(clock);
        this.failures = new FailureLimit(clock);
    }

    /**
     * Lets an API request pass.
     *
     * @throws Refusal 401, 403 or 429
     */
    void admit(Request request) throws Refusal {
        Optional<String> authorization = request.header(HttpHeaderNames.AUTHORIZATION);
        if (authorization.isPresent()) {
            admitToken(request, bearer(authorization.get()));
            return;
        }
        if (!hasSession(request)) {
            throw new Refusal(
                    HttpResponseStatus.UNAUTHORIZED,
                    "Send the token that is in the node's token file: 'Authorization: Bearer"
                            + " TOKEN'.");
        }
        if (request.changesSomething()) {
            refuseOtherSites(request);
            if (request.header(PAGE_HEADER).isEmpty()) {
                throw new Refusal(
                        HttpResponseStatus.FORBIDDEN,
                        "A session may change something only with the header " + PAGE_HEADER + ".");
            }
        }
    }

    /**
     * Begins a session for the token.
     *
     * @return the session's id
     * @throws Refusal 401, 403 or 429
     */
    String logIn(Request request, String offered) throws Refusal {
        refuseOtherSites(request);
        admitToken(request, offered);
        return sessions.begin();
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

    boolean hasSession(Request request) {
        return sessionId(request).filter(sessions::isOpen).isPresent();
    }

    /** Browsers do not tell ports apart in cookies, and one machine may have several nodes. */
    static String cookieName(Request request) {
        String host = request.header(HttpHeaderNames.HOST).orElse("");
        String port = host.substring(host.lastIndexOf(':') + 1);
        return port.matches("[0-9]{1,5}") ? "shoestring-" + port : "shoestring";
    }

    private void admitToken(Request request, String offered) throws Refusal {
        if (token.matches(offered)) {
            return;
        }
        if (failures.isTooMany(request.remote())) {
            throw new Refusal(
                    HttpResponseStatus.TOO_MANY_REQUESTS,
                    "Too many wrong tokens came from this address. Try again in a second.");
        }
        throw new Refusal(
                HttpResponseStatus.UNAUTHORIZED,
                "This is not the token that is in the node's token file.");
    }

    /**
     * The token: by itself, or as the password of whatever user, for tools that know nothing else.
     * Nobody is asked for a password, so that no browser remembers one.
     */
    private static String bearer(String authorization) throws Refusal {
        if (authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return password(authorization.substring(BASIC.length()).strip());
        }
        if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw new Refusal(
                    HttpResponseStatus.UNAUTHORIZED,
                    "Only 'Authorization: Bearer TOKEN', and the token as a password, are"
                            + " understood.");
        }
        return authorization.substring(BEARER.length()).strip();
    }

    private static String password(String encoded) {
        try {
            String text = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            return text.substring(text.indexOf(':') + 1);
        } catch (IllegalArgumentException _) {
            return "";
        }
    }

    private static void refuseOtherSites(Request request) throws Refusal {
        String host = request.header(HttpHeaderNames.HOST).orElse("").toLowerCase(Locale.ROOT);
        String origin = request.header(HttpHeaderNames.ORIGIN).orElse("http://" + host);
        String site = request.header("Sec-Fetch-Site").orElse("same-origin");
        boolean sameOrigin = origin.toLowerCase(Locale.ROOT).endsWith("://" + host);
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
