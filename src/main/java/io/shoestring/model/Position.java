package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * A place in the history of a PostgreSQL cluster. Positions on different timelines are not
 * comparable by LSN alone; the higher timeline is the younger history.
 */
public record Position(int timeline, Lsn lsn) implements Comparable<Position> {
    public Position {
        requireNonNull(lsn, "lsn is null");
    }

    @Override
    public int compareTo(Position other) {
        int byTimeline = Integer.compare(timeline, other.timeline);
        return byTimeline != 0 ? byTimeline : lsn.compareTo(other.lsn);
    }

    @Override
    public String toString() {
        return timeline + ":" + lsn;
    }
}
