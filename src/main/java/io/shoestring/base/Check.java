package io.shoestring.base;

/** A broken assumption is found where it breaks: these checks stay on in production. */
public final class Check {
    private Check() {}

    /**
     * Throws when an invariant of our own does not hold.
     *
     * @throws IllegalStateException with {@code message} if {@code condition} is false
     */
    public static void that(boolean condition, String message) {
        if (!condition) {
            throw new IllegalStateException(message);
        }
    }
}
