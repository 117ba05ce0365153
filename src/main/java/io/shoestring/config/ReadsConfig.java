package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.PostgresListenerConfig.Reads;

import java.time.Duration;

/**
 * Where statements go that are certainly reads.
 *
 * @param consistency what they must find on a replica, unless the client says otherwise
 * @param maxLag how far behind a replica may be where it need not have anything in particular
 */
public record ReadsConfig(Reads place, Consistency consistency, Duration maxLag) {
    public ReadsConfig {
        requireNonNull(place, "place is null");
        requireNonNull(consistency, "consistency is null");
        requireNonNull(maxLag, "maxLag is null");
    }

    /** There, and consistent in each session. */
    public static ReadsConfig from(Reads place) {
        return new ReadsConfig(place, Consistency.SESSION, Duration.ofSeconds(10));
    }
}
