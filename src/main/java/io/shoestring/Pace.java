package io.shoestring;

import io.shoestring.model.RequestFigures;
import io.shoestring.model.RequestFigures.Recent;
import io.shoestring.monitoring.digest.Requests;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What was counted at each place a while ago, so that it can be told what came since: the last
 * minute, and not the mean of all time. Thread-safe.
 */
final class Pace {
    private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final double NANOS_PER_SECOND = 1e9;

    private record Look(long nanos, Requests requests) {}

    private final Map<String, Deque<Look>> places = new HashMap<>();

    /** Remembers what was counted up to now; places that are not named any more are forgotten. */
    synchronized void look(Map<String, Requests> now, long nanos) {
        places.keySet().retainAll(now.keySet());
        now.forEach((place, requests) -> look(place, new Look(nanos, requests)));
    }

    private void look(String place, Look newest) {
        Deque<Look> looks = places.computeIfAbsent(place, _ -> new ArrayDeque<>());
        if (looks.isEmpty() || newest.nanos() - looks.getLast().nanos() >= STEP_NANOS) {
            looks.add(newest);
        }
        while (newest.nanos() - looks.getFirst().nanos() > WINDOW_NANOS) {
            looks.removeFirst();
        }
    }

    /** What is to be told of a place. */
    synchronized RequestFigures figures(String place, Requests now, long nanos) {
        return now.figures().with(recent(place, now, nanos));
    }

    private Optional<Recent> recent(String place, Requests now, long nanos) {
        Deque<Look> looks = places.getOrDefault(place, new ArrayDeque<>());
        if (looks.isEmpty() || nanos - looks.getFirst().nanos() < LEAST_NANOS) {
            return Optional.empty();
        }
        Requests since = now.since(looks.getFirst().requests());
        double seconds = (nanos - looks.getFirst().nanos()) / NANOS_PER_SECOND;
        return Optional.of(
                new Recent(
                        seconds,
                        since.count(),
                        since.failures(),
                        since.count() / seconds,
                        since.percentileMicros(0.5),
                        since.percentileMicros(0.95),
                        since.percentileMicros(0.99)));
    }
}
