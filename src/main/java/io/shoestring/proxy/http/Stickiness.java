package io.shoestring.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.shoestring.config.StickyCookie;
import io.shoestring.protocol.http.FieldEdits;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps one request with the server that its client's cookie names, and gives the client the cookie
 * of whichever server answers. The cookie is ours: a server neither gets it nor needs to know.
 */
final class Stickiness {
    private static final byte[] COOKIE = "cookie".getBytes(US_ASCII);

    private final Backend backend;
    private final Optional<StickyCookie> cookie;
    private final List<String> others = new ArrayList<>(0);
    private boolean sent;
    private Optional<Server> server = Optional.empty();

    Stickiness(Backend backend, RequestHead asked) {
        this.backend = backend;
        this.cookie = backend.config().stickyCookie();
        cookie.ifPresent(
                ours -> asked.values(COOKIE).forEach(field -> read(field, ours.name() + "=")));
    }

    private void read(String field, String prefix) {
        for (String each : field.split(";", -1)) {
            String pair = each.strip();
            if (pair.startsWith(prefix)) {
                sent = true;
                server = server.or(() -> backend.server(pair.substring(prefix.length())));
            } else if (!pair.isEmpty()) {
                others.add(pair);
            }
        }
    }

    /** Where the client belongs, or null. */
    @Nullable Server server() {
        return server.orElse(null);
    }

    /** The changes of the request's header, and that our cookie does not go on. */
    FieldEdits requestEdits(FieldEdits usual) {
        if (!sent) {
            return usual;
        }
        FieldEdits without = usual.dropping("cookie");
        return others.isEmpty() ? without : without.and("Cookie: " + String.join("; ", others));
    }

    /**
     * The changes of the answer's header, and the cookie if the client has not got it. Nobody but
     * the client may keep such an answer.
     */
    FieldEdits responseEdits(FieldEdits usual, Server answering, boolean secured) {
        boolean known = server.filter(answering::equals).isPresent();
        boolean stays = backend.server(answering.name()).filter(answering::equals).isPresent();
        if (cookie.isEmpty() || known || !stays) {
            return usual;
        }
        String line =
                "Set-Cookie: %s=%s; Path=/; HttpOnly; SameSite=Lax%s"
                        .formatted(
                                cookie.get().name(), answering.name(), secured ? "; Secure" : "");
        return usual.and(line).and("Cache-Control: private");
    }
}
