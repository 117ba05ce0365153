package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;
import io.shoestring.model.LossLimit;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** What a failover with protection {@code performance} may lose. */
final class LossLimitKeys {
    private static final int MEGABYTES = 16;

    private static final Value<Integer> BYTES =
            byDefault(
                    "megabytes",
                    Formats.wholeNumber("number of megabytes", 1, 1_048_576),
                    Integer.toString(MEGABYTES),
                    Integer.toString(MEGABYTES),
                    "How much of the primary's log, as far as that is known when it is gone.");

    static final Value<Duration> TIME =
            optional(
                    "time",
                    Formats.DURATION_TEXT,
                    "it does not matter",
                    "30s",
                    "How long before the primary's end the replica was last known to have all of"
                            + " its log, at least `5s`. Of a machine that is lost the end is when"
                            + " its lease has ended, 10 s later: with less than `15s` nobody takes"
                            + " over from it.");

    static final Section LOSS_LIMIT =
            new Section(
                    "loss-limit",
                    "a limit of what is lost",
                    new Need.Otherwise("16 megabytes"),
                    "With `protection: performance`: what a failover may lose. Of a replica that"
                            + " lacks more, nobody makes the primary by itself.",
                    List.of(BYTES, TIME));

    private LossLimitKeys() {}

    static LossLimit build(Fields database) {
        if (!database.names().contains(LOSS_LIMIT.name())) {
            return LossLimit.USUAL;
        }
        Fields fields = database.section(LOSS_LIMIT);
        return new LossLimit(
                (long) fields.sound(BYTES) << 20,
                fields.value(TIME)
                        .map(time -> OptionalLong.of(time.value().toNanos()))
                        .orElseGet(OptionalLong::empty));
    }
}
