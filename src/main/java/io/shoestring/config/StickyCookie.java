package io.shoestring.config;

import static java.util.Objects.requireNonNull;

/**
 * The cookie that keeps a client with its server: its value is the server's name.
 *
 * @param name of the cookie
 */
public record StickyCookie(String name) {
    public StickyCookie {
        requireNonNull(name, "name is null");
    }
}
