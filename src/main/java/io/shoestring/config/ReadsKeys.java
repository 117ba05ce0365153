package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;

import io.shoestring.config.Key.Value;
import io.shoestring.config.PostgresListenerConfig.Reads;

import java.time.Duration;

/** Where a PostgreSQL listener sends reads, and what they find there. */
final class ReadsKeys {
    static final Value<Reads> READS =
            byDefault(
                    "reads",
                    Formats.choice("place for reads", Reads.class),
                    "primary",
                    "replicas",
                    "Where statements go that are certainly reads. `primary`: where everything"
                            + " goes. `replicas`: to a replica that has what `consistency` asks"
                            + " for, or to the primary if there is none.");

    static final Value<Consistency> CONSISTENCY =
            byDefault(
                    "consistency",
                    Formats.choice("consistency", Consistency.class),
                    "session",
                    "session",
                    "What a read must find on a replica. `session`: what its own session has"
                            + " written. `cluster`: everything that was acknowledged before it"
                            + " came, whoever wrote it; it waits some milliseconds until that is"
                            + " known. `eventual`: everything that is older than `max-lag`. A"
                            + " client may choose for itself by `SET shoestring.reads`.");

    static final Value<Duration> MAX_LAG =
            byDefault(
                    "max-lag",
                    Formats.DURATION_TEXT,
                    "10s",
                    "10s",
                    "How far behind a replica may be for reads with consistency `eventual`.");

    private ReadsKeys() {}

    static ReadsConfig build(Fields listener) {
        return new ReadsConfig(
                listener.sound(READS), listener.sound(CONSISTENCY), listener.sound(MAX_LAG));
    }
}
