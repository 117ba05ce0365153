package io.shoestring.consensus.ratis;

import java.util.Optional;

/** What went wrong, from beneath the layers that only passed it on. */
final class Causes {
    private static final int DEEPEST = 20;

    private Causes() {}

    static String of(Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; depth < DEEPEST; depth++) {
            Optional<Throwable> next = Optional.ofNullable(cause.getCause());
            if (next.isEmpty()) {
                break;
            }
            cause = next.get();
        }
        return Optional.ofNullable(cause.getMessage()).orElse(cause.getClass().getSimpleName());
    }
}
