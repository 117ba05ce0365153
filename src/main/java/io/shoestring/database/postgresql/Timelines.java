package io.shoestring.database.postgresql;

import io.shoestring.model.Lsn;

import java.util.ArrayList;
import java.util.List;

/**
 * The history of a server: the timelines that its data went through, oldest first, each with the
 * position where it was left.
 *
 * <pre>
 *   one:    1 ─────────┬─ 2 ──────►          the histories 1:end(5), 2
 *   other:  1 ─────────┼────────► 1          and 1 have the fork point 5
 *                      5
 * </pre>
 */
record Timelines(List<Part> parts) {
    /** Beyond every position: the timeline is not left yet. */
    static final Lsn OPEN = new Lsn(-1);

    Timelines {
        parts = List.copyOf(parts);
    }

    /** One timeline, and where it was left. */
    record Part(int timeline, Lsn end) {}

    /**
     * Reads the text of a {@code .history} file: number, position and reason of each timeline that
     * was left.
     *
     * @param current the timeline that the file is named after
     * @param text empty for the first timeline, which has no file
     */
    static Timelines parse(int current, String text) {
        List<Part> parts = new ArrayList<>();
        for (String line : text.lines().map(String::strip).toList()) {
            String[] fields = line.split("\\s+", 3);
            if (fields.length >= 2 && fields[0].matches("\\d{1,9}")) {
                parts.add(new Part(Integer.parseInt(fields[0]), Lsn.parse(fields[1])));
            }
        }
        parts.add(new Part(current, OPEN));
        return new Timelines(parts);
    }

    /** The timeline that the server is on now. */
    int current() {
        return parts.getLast().timeline();
    }

    /**
     * Up to where both histories are the same; {@link #OPEN} if both are on the same timeline, zero
     * if they have nothing in common.
     */
    Lsn forkPoint(Timelines other) {
        Lsn fork = Lsn.ZERO;
        for (int i = 0; i < Math.min(parts.size(), other.parts.size()); i++) {
            Part mine = parts.get(i);
            Part theirs = other.parts.get(i);
            if (mine.timeline() != theirs.timeline()) {
                return fork;
            }
            fork = mine.end().compareTo(theirs.end()) < 0 ? mine.end() : theirs.end();
            if (!mine.end().equals(theirs.end())) {
                return fork;
            }
        }
        return fork;
    }
}
