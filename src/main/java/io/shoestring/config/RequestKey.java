package io.shoestring.config;

import static java.util.Objects.requireNonNull;

/**
 * What of a request tells which belong together. A request without it is told apart by its client's
 * address.
 *
 * @param name of the field, cookie or parameter; empty for the others
 */
public record RequestKey(By by, String name) {
    /** By the client's address. */
    public static final RequestKey ADDRESS = new RequestKey(By.ADDRESS, "");

    /** By the path, without the query. */
    public static final RequestKey PATH = new RequestKey(By.PATH, "");

    public RequestKey {
        requireNonNull(by, "by is null");
        requireNonNull(name, "name is null");
    }

    /** Where it stands. */
    public enum By {
        ADDRESS,
        PATH,
        HEADER,
        COOKIE,
        QUERY
    }
}
