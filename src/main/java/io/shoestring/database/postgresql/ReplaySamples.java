package io.shoestring.database.postgresql;

import io.shoestring.model.Lsn;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;

/**
 * When the primary's log ended where: the last samples, oldest first. INVARIANT: instants and
 * positions both grow; all samples are of one primary in one epoch. Not thread-safe.
 */
final class ReplaySamples {
    /** Two seconds at the fastest pace. */
    private static final int LIMIT = 400;

    private record Sample(Lsn end, long instantNanos) {}

    private final Deque<Sample> samples = new ArrayDeque<>();

    /**
     * Everything acknowledged before {@code instantNanos} lies before {@code end}. Of samples with
     * the same end only the youngest is needed.
     */
    void add(Lsn end, long instantNanos) {
        if (!samples.isEmpty() && samples.getLast().end().equals(end)) {
            samples.removeLast();
        }
        samples.addLast(new Sample(end, instantNanos));
        if (samples.size() > LIMIT) {
            samples.removeFirst();
        }
    }

    /** The youngest instant whose end a replica has reached that has replayed up to there. */
    OptionalLong reachedBy(Lsn replayed) {
        OptionalLong reached = OptionalLong.empty();
        for (Sample sample : samples) {
            if (sample.end().compareTo(replayed) > 0) {
                break;
            }
            reached = OptionalLong.of(sample.instantNanos());
        }
        return reached;
    }

    void clear() {
        samples.clear();
    }
}
