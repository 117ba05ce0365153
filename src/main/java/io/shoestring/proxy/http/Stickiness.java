package io.shoestring.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.shoestring.config.StickyCookie;
import io.shoestring.config.StickyCookie.Mode;
import io.shoestring.protocol.http.FieldEdits;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.protocol.http.ResponseHead;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps one request with the server that its client's cookie names, and gives the client the cookie
 * of whichever server answers: one of our own, or the application's, changed.
 */
final class Stickiness {
    private static final byte[] COOKIE = "cookie".getBytes(US_ASCII);
    private static final byte[] SET_COOKIE = "set-cookie".getBytes(US_ASCII);
    private static final char SEPARATOR = '~';

    private final Backend backend;
    private final Optional<StickyCookie> cookie;
    private final Trail trail;
    private final List<String> passed = new ArrayList<>(0);
    private boolean sent;
    private boolean changed;
    private boolean outdated;
    private Optional<Server> server = Optional.empty();

    /**
     * @param trail is told what became of the cookie
     */
    Stickiness(Backend backend, RequestHead asked, Trail trail) {
        this.backend = backend;
        this.trail = trail;
        this.cookie = backend.config().stickyCookie();
        cookie.ifPresent(ours -> asked.values(COOKIE).forEach(field -> read(field, ours)));
        if (cookie.isPresent()) {
            trail.cookie = asked(server) + "N";
        }
    }

    private void read(String field, StickyCookie ours) {
        for (String each : field.split(";", -1)) {
            String pair = each.strip();
            String value = valueIn(pair, ours);
            if (value != null) {
                sent = true;
                readOurs(pair, value, ours);
            } else if (!pair.isEmpty()) {
                passed.add(pair);
            }
        }
    }

    /** The value of a cookie that has the name of ours, or null. */
    private static @Nullable String valueIn(String pair, StickyCookie ours) {
        int at = ours.name().length();
        return pair.length() > at && pair.charAt(at) == '=' && pair.startsWith(ours.name())
                ? pair.substring(at + 1)
                : null;
    }

    private void readOurs(String pair, String value, StickyCookie ours) {
        int separator = value.indexOf(SEPARATOR);
        if (ours.mode() == Mode.PREFIX && separator >= 0) {
            find(value.substring(0, separator));
            passed.add(ours.name() + "=" + value.substring(separator + 1));
            changed = true;
        } else if (ours.mode() == Mode.INSERT && ours.hidden()) {
            find(value);
            changed = true;
        } else {
            find(value);
            passed.add(pair);
        }
    }

    private void find(String token) {
        if (server.isEmpty()) {
            server = backend.called(token);
            server.ifPresent(found -> outdated = !token.equals(backend.tokens().of(found)));
        }
    }

    /** Where the client belongs, or null. */
    @Nullable Server server() {
        return server.orElse(null);
    }

    /** The changes of the request's header, and that the cookie does not go on as it is ours. */
    FieldEdits requestEdits(FieldEdits usual) {
        if (!changed) {
            return usual;
        }
        FieldEdits without = usual.dropping("cookie");
        return passed.isEmpty() ? without : without.and("Cookie: " + String.join("; ", passed));
    }

    /**
     * The changes of the answer's header, and the cookie: one of our own if the client has not got
     * it, or the application's if it is set. Nobody but the client may keep such an answer.
     */
    FieldEdits responseEdits(
            FieldEdits usual, ResponseHead head, Server answering, boolean secured) {
        boolean stays = backend.server(answering.name()).filter(answering::equals).isPresent();
        if (cookie.isEmpty() || !stays) {
            return usual;
        }
        StickyCookie ours = cookie.get();
        FieldEdits edits = usual;
        boolean set = false;
        List<String> theirs = head.values(SET_COOKIE);
        boolean among = theirs.stream().anyMatch(line -> valueIn(line, ours) != null);
        if (among && !usual.drops("set-cookie")) {
            edits = edits.dropping("set-cookie");
            for (String line : theirs) {
                String value = valueIn(line, ours);
                if (value == null) {
                    edits = edits.and("Set-Cookie: " + line);
                } else if (ours.mode() != Mode.INSERT) {
                    edits = edits.and("Set-Cookie: " + changed(value, ours, answering));
                    set = true;
                }
            }
        }
        boolean has = server.filter(answering::equals).isPresent() && !outdated;
        if (ours.mode() == Mode.INSERT && !has) {
            edits = edits.and("Set-Cookie: " + own(ours, answering, secured));
            set = true;
        }
        trail.cookie = asked(Optional.of(answering)) + done(ours, set, among);
        return set && ours.uncached() ? edits.and("Cache-Control: private") : edits;
    }

    /** In HAProxy's letters: what the client was given. */
    private static String done(StickyCookie ours, boolean set, boolean among) {
        if (set) {
            return ours.mode() == Mode.INSERT ? "I" : "R";
        }
        return among ? "D" : "N";
    }

    private String own(StickyCookie ours, Server answering, boolean secured) {
        return "%s=%s; Path=/; HttpOnly; SameSite=Lax%s"
                .formatted(ours.name(), backend.tokens().of(answering), secured ? "; Secure" : "");
    }

    /** The application's line with our word in it; its attributes stay. */
    private String changed(String value, StickyCookie ours, Server answering) {
        int end = value.indexOf(';');
        String attributes = end < 0 ? "" : value.substring(end);
        String own = end < 0 ? value : value.substring(0, end);
        if (own.isEmpty()) {
            // The application takes it back.
            return ours.name() + "=" + attributes;
        }
        String token = backend.tokens().of(answering);
        String next = ours.mode() == Mode.PREFIX ? token + SEPARATOR + own : token;
        return ours.name() + "=" + next + attributes;
    }

    /** In HAProxy's letters: what the client sent. */
    private String asked(Optional<Server> answering) {
        if (server.isEmpty()) {
            return sent ? "I" : "N";
        }
        return server.equals(answering) ? "V" : "D";
    }
}
