package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What this conductor knows of the fence command, for one database.
 *
 * @param running what it is being run for at this moment
 * @param done what it ended with exit status 0 for last, in this conductor's term
 */
public record FenceFacts(Optional<Fenced> running, Optional<Fenced> done) {
    public FenceFacts {
        requireNonNull(running, "running is null");
        requireNonNull(done, "done is null");
    }

    /** It was not run. */
    public static FenceFacts none() {
        return new FenceFacts(Optional.empty(), Optional.empty());
    }
}
