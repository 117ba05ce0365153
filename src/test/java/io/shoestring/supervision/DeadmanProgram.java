package io.shoestring.supervision;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.monitoring.EventLog;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node's process as far as the deadman knows it, to be killed and stopped. Arguments: the node's
 * directory, a member's data directory, and how many milliseconds it may go on from now; none: for
 * ever. Says so when the deadman is there, and ends on purpose with its input.
 */
final class DeadmanProgram {
    static final String MEMBER = "shop/a";

    private DeadmanProgram() {}

    /** Runs until its input ends. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        Clock clock = Clock.system();
        Map<String, Long> deadlines =
                arguments.length == 2
                        ? Map.of()
                        : Map.of(
                                MEMBER,
                                clock.nanos()
                                        + Duration.ofMillis(Long.parseLong(arguments[2]))
                                                .toNanos());
        try (EventLog events = EventLog.open(directory, WallClock.system());
                Deadman deadman =
                        new Deadman(
                                directory,
                                Optional.empty(),
                                List.of(
                                        new Deadman.Guarded(
                                                MEMBER, Path.of(arguments[1]), List.of("writer"))),
                                () -> deadlines,
                                clock,
                                events)) {
            deadman.start();
            deadman.awaitTold();
            System.out.println("guarding");
            while (System.in.read() >= 0) {
                // Until whoever started it lets it go.
            }
        }
    }
}
