package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The part of {@link Keys} that is about servers whose requests fail. */
final class BreakerKeys {
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private static final Value<Integer> FAILURES =
            byDefault(
                    "failures",
                    Formats.wholeNumber("number of failures", 1, 1_000),
                    "5",
                    "5",
                    "How many in a row: connections that cannot be opened, and of HTTP answers with"
                            + " 500 to 599, malformed ones, those that break off, and those that do"
                            + " not come in time.");

    private static final Value<Duration> OUT =
            byDefault(
                    "out",
                    Formats.DURATION_TEXT,
                    "10s",
                    "10s",
                    "How long the server is out of use then, at least `100ms`. If it fails again,"
                            + " twice as long, and so on up to 32 times.");

    static final Section BREAKER =
            new Section(
                    "breaker",
                    "a breaker",
                    new Need.Otherwise("failures take no server out of use"),
                    "Takes a server out of use for a while when requests to it fail one after the"
                            + " other. Then it is tried by one at a time, and the first that"
                            + " succeeds brings it back. The last server that can be used is never"
                            + " taken out.",
                    List.of(FAILURES, OUT));

    private BreakerKeys() {}

    /** Of a backend in which nothing was found wrong; empty if it has none. */
    static Optional<BackendConfig.Breaker> build(Fields backend) {
        if (!backend.names().contains(BREAKER.name())) {
            return Optional.empty();
        }
        Fields fields = backend.section(BREAKER);
        return Optional.of(new BackendConfig.Breaker(fields.sound(FAILURES), fields.sound(OUT)));
    }

    /** No time that is over at once. */
    static void check(Fields backend, Problems problems) {
        backend.section(BREAKER)
                .value(OUT)
                .filter(out -> out.value().compareTo(SHORTEST) < 0)
                .ifPresent(
                        out -> problems.add(out.spot(), "is too short; expected at least 100ms"));
    }
}
