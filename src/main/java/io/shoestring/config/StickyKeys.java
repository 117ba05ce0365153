package io.shoestring.config;

import static io.shoestring.config.Key.optional;

import io.shoestring.config.Key.Value;

import java.util.Optional;

/** The part of {@link Keys} that is about clients that stay with their server. */
final class StickyKeys {
    static final Value<String> COOKIE =
            optional(
                    "sticky-cookie",
                    RouteFormats.COOKIE_NAME,
                    "each request goes to a server by `balance`",
                    "SERVER",
                    "The name of a cookie that keeps each client of an HTTP listener with one"
                        + " server. Its value is the server's name; it alone decides, so any"
                        + " balancer can serve the next request. When its server is down or in"
                        + " maintenance, the client gets another one, and a new cookie; a server"
                        + " that is drained still serves its own clients.");

    private StickyKeys() {}

    static Optional<StickyCookie> build(Fields backend) {
        return backend.value(COOKIE).map(name -> new StickyCookie(name.value()));
    }
}
