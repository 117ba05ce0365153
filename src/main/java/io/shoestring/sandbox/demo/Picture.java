package io.shoestring.sandbox.demo;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Throughput over time as bars for a terminal, at most 80 columns wide, with what happened marked
 * below the axis:
 *
 * <pre>{@code
 * 41 │▅▇▆█▇▆▇▅▆▇           ▃█▇▆▇▅▇▆
 *    │██████████           ████████
 *  0 └┴─────────┴─────────┴────────
 *     5 s       6 s       7 s
 *               ▲          ▲
 *               │          └ writes go on
 *               └ a killed
 * }</pre>
 */
final class Picture {
    /** The most bars that fit into 80 columns beside the margin. */
    static final int BARS_MAX = 72;

    /** How long a bar may be. */
    static final List<Long> BAR_MILLIS =
            List.of(100L, 200L, 500L, 1_000L, 2_000L, 5_000L, 10_000L, 60_000L);

    private static final int ROWS = 5;
    private static final int EIGHTHS = 8;
    private static final int MARGIN = 7;

    private final Symbols symbols;

    Picture(Symbols symbols) {
        this.symbols = symbols;
    }

    /**
     * Something that happened.
     *
     * @param bar the bar that it happened in; outside of the picture it is left out
     */
    record Mark(int bar, String text) {}

    /** What the bars are made of. */
    enum Symbols {
        BLOCKS(" ▁▂▃▄▅▆▇█", '│', '└', '┘', '┴', '─', '▲'),
        /** Where the terminal does not speak Unicode. */
        ASCII("  ..::###", '|', '+', '+', '+', '-', '^');

        private final String levels;
        private final char upright;
        private final char corner;
        private final char mirroredCorner;
        private final char tick;
        private final char line;
        private final char pointer;

        Symbols(
                String levels,
                char upright,
                char corner,
                char mirroredCorner,
                char tick,
                char line,
                char pointer) {
            this.levels = levels;
            this.upright = upright;
            this.corner = corner;
            this.mirroredCorner = mirroredCorner;
            this.tick = tick;
            this.line = line;
            this.pointer = pointer;
        }
    }

    /**
     * Draws.
     *
     * @param counts one bar each, at most {@link #BARS_MAX}
     * @param firstMillis when the first bar begins
     * @param barMillis how long a bar is: one of {@link #BAR_MILLIS}, so that the axis has round
     *     times
     */
    List<String> draw(int[] counts, long firstMillis, long barMillis, List<Mark> marks) {
        int highest = Math.max(1, Arrays.stream(counts).max().orElse(0));
        Stream<String> bars =
                IntStream.range(0, ROWS).mapToObj(row -> row(counts, highest, ROWS - 1 - row));
        Stream<String> axis =
                Stream.of(
                        axis(counts.length, firstMillis, barMillis),
                        times(counts.length, firstMillis, barMillis));
        return Stream.of(bars, axis, marks(counts.length, marks).stream())
                .flatMap(lines -> lines)
                .map(String::stripTrailing)
                .toList();
    }

    private String row(int[] counts, int highest, int row) {
        String label = row == ROWS - 1 ? String.format(Locale.ROOT, "%5d", highest) : "     ";
        StringBuilder line = new StringBuilder(label).append(' ').append(symbols.upright);
        for (int count : counts) {
            // Rounded up: a single write shall be seen.
            int eighths = (int) Math.ceilDiv((long) count * ROWS * EIGHTHS, highest);
            line.append(symbols.levels.charAt(Math.clamp(eighths - row * EIGHTHS, 0, EIGHTHS)));
        }
        return line.toString();
    }

    private String axis(int bars, long firstMillis, long barMillis) {
        StringBuilder line = new StringBuilder("    0 ").append(symbols.corner);
        for (int bar = 0; bar < bars; bar++) {
            line.append(isTick(bar, firstMillis, barMillis) ? symbols.tick : symbols.line);
        }
        return line.toString();
    }

    private String times(int bars, long firstMillis, long barMillis) {
        StringBuilder line = new StringBuilder(" ".repeat(MARGIN));
        for (int bar = 0; bar < bars; bar++) {
            String time = (firstMillis + bar * barMillis) / 1_000 + " s";
            boolean free = line.length() <= MARGIN + bar && bar + time.length() <= bars;
            if (isTick(bar, firstMillis, barMillis) && free) {
                line.append(" ".repeat(MARGIN + bar - line.length())).append(time).append(' ');
            }
        }
        return line.toString();
    }

    private static boolean isTick(int bar, long firstMillis, long barMillis) {
        return Math.floorMod(firstMillis + bar * barMillis, Math.max(1_000, barMillis * 10)) == 0;
    }

    /** The pointers, and below them the texts, the last first, so that no line crosses a text. */
    private List<String> marks(int bars, List<Mark> all) {
        List<Mark> marks =
                all.stream()
                        .filter(mark -> mark.bar() >= 0 && mark.bar() < bars)
                        .sorted((one, other) -> Integer.compare(one.bar(), other.bar()))
                        .toList();
        if (marks.isEmpty()) {
            return List.of();
        }
        Stream<String> texts =
                IntStream.range(0, marks.size())
                        .mapToObj(index -> text(marks.subList(0, marks.size() - index)));
        return Stream.concat(Stream.of(uprights(marks, symbols.pointer)), texts).toList();
    }

    private String text(List<Mark> marks) {
        Mark last = marks.getLast();
        int column = MARGIN + last.bar();
        String before = uprights(marks.subList(0, marks.size() - 1), symbols.upright);
        int leftmost = column - 1 - last.text().length();
        if (column + 2 + last.text().length() > MARGIN + BARS_MAX && before.length() < leftmost) {
            return before
                    + " ".repeat(leftmost - before.length())
                    + last.text()
                    + " "
                    + symbols.mirroredCorner;
        }
        // Two marks in one bar: the text below takes the place of the line.
        String start = before.substring(0, Math.min(before.length(), column));
        String line =
                start + " ".repeat(column - start.length()) + symbols.corner + " " + last.text();
        return line.substring(0, Math.min(line.length(), MARGIN + BARS_MAX));
    }

    private static String uprights(List<Mark> marks, char symbol) {
        int width = MARGIN + marks.stream().mapToInt(Mark::bar).max().orElse(-1) + 1;
        char[] line = String.join("", Collections.nCopies(width, " ")).toCharArray();
        marks.forEach(mark -> line[MARGIN + mark.bar()] = symbol);
        return new String(line);
    }
}
