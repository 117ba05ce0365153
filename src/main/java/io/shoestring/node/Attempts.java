package io.shoestring.node;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps actions on one member, or one machine, from being repeated in a hot loop. Each kind of
 * action waits on its own, so that a failing clone does not delay a fence. Not thread-safe.
 */
final class Attempts {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int LONGEST_SECONDS = 30;

    private record Attempt(Action action, Outcome outcome, int failures, long untilNanos) {}

    private final Map<Class<?>, Attempt> newest = new HashMap<>();

    /** Remembers how it ended; returns in how many seconds it may be tried again. */
    int ended(Action action, Outcome outcome, long nowNanos) {
        Attempt before = newest.get(action.getClass());
        int failures =
                switch (outcome) {
                    case Outcome.Done done -> 0;
                    case Outcome.Failed failed -> before == null ? 1 : before.failures() + 1;
                };
        int seconds = failures == 0 ? 1 : seconds(failures);
        newest.put(
                action.getClass(),
                new Attempt(action, outcome, failures, nowNanos + seconds * SECOND_NANOS));
        return seconds;
    }

    /** A failed kind waits; what was done is not done again at once, for it did not help. */
    boolean allows(Action action, long nowNanos) {
        Attempt attempt = newest.get(action.getClass());
        if (attempt == null || nowNanos - attempt.untilNanos() >= 0) {
            return true;
        }
        return attempt.failures() == 0 && !attempt.action().equals(action);
    }

    /** What failed and waits to be tried again. */
    Optional<String> waiting(long nowNanos) {
        return newest.values().stream()
                .filter(attempt -> attempt.failures() > 0 && nowNanos - attempt.untilNanos() < 0)
                .map(attempt -> "waiting before the next try: " + attempt.outcome().sentence())
                .findFirst();
    }

    private static int seconds(int failures) {
        return failures > 5 ? LONGEST_SECONDS : 1 << (failures - 1);
    }
}
