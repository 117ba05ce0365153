package io.shoestring.monitoring.digest;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The figures of the statements, or of the URLs, on one event loop, for at most so many digests.
 * When there are more, the one that mattered least among some that are looked at makes room, and
 * goes on as a part of {@link #OTHERS}.
 *
 * <p>{@link #figures} and what it returns belong to the event loop; {@link #merged} may be called
 * by any thread.
 */
public final class DigestTable {
    /** The digest under which everything is counted that has no row of its own. */
    public static final Digest OTHERS = new Digest(0, "<other>");

    /**
     * Whether anything is counted: always, unless somebody measures what counting costs (see {@code
     * benchmarks/digest-cost}).
     */
    static final boolean COUNTS = !Boolean.getBoolean("shoestring.uncounted");

    private static final int CACHE_SIZE = 2_048;
    private static final int COMPARED = 8;

    /** Says of which kind a text is. */
    @FunctionalInterface
    private interface Reader {
        Digest digest(byte[] text, int from, int to);
    }

    private record Known(long hash, Figures figures) {}

    private final int rowsMax;
    private final Reader reader;
    private final @Nullable Known[] cache = new @Nullable Known[CACHE_SIZE];
    private final Map<Long, Figures> rows = new ConcurrentHashMap<>();
    private final Figures[] ring;
    private final Requests all = new Requests();
    private final Figures others = new Figures(OTHERS, all);
    private int ringLength;
    private int hand;

    /**
     * @param rowsMax how many digests have a row of their own; about 1.3 KB each
     */
    public DigestTable(Dialect dialect, int rowsMax) {
        this(new StatementNormaliser(dialect)::digest, rowsMax);
    }

    /**
     * A table of URLs.
     *
     * @param rowsMax how many patterns have a row of their own
     */
    public static DigestTable ofUrls(int rowsMax) {
        return new DigestTable(UrlPattern::digest, rowsMax);
    }

    private DigestTable(Reader reader, int rowsMax) {
        if (rowsMax < COMPARED) {
            throw new IllegalArgumentException("rowsMax is " + rowsMax);
        }
        this.rowsMax = rowsMax;
        this.reader = reader;
        this.ring = new Figures[rowsMax];
    }

    /** Where a text is counted. Kept by its bytes, so a known one is cheap. */
    public Figures figures(byte[] text, int from, int to) {
        return COUNTS ? figures(Shape.hash(text, from, to), text, from, to) : others;
    }

    /** Where a statement is counted. Kept by its shape, so one with other values is cheap too. */
    public Figures figures(Shape shape) {
        return COUNTS ? figures(shape.hash(), shape.text(), shape.from(), shape.to()) : others;
    }

    private Figures figures(long hash, byte[] text, int from, int to) {
        int slot = (int) (hash >>> 40) & (CACHE_SIZE - 1);
        Known known = cache[slot];
        if (known != null && known.hash() == hash && !known.figures().isDismissed()) {
            return known.figures();
        }
        Figures found = row(reader.digest(text, from, to));
        cache[slot] = new Known(hash, found);
        return found;
    }

    /** What all these tables have counted, by digest, what took the most time altogether first. */
    public static List<StatementFigures> merged(Collection<DigestTable> tables) {
        Map<Long, StatementFigures.Sum> sums = new HashMap<>();
        for (DigestTable table : tables) {
            table.rows.values().forEach(figures -> add(sums, figures));
            add(sums, table.others);
        }
        return sums.values().stream()
                .filter(sum -> !sum.isEmpty())
                .map(StatementFigures.Sum::figures)
                .sorted(Comparator.comparingLong(StatementFigures::totalMicros).reversed())
                .toList();
    }

    /** All of them together, whatever their kind. */
    Requests requests() {
        return all;
    }

    private static void add(Map<Long, StatementFigures.Sum> sums, Figures figures) {
        Digest digest = figures.digest();
        figures.addTo(sums.computeIfAbsent(digest.id(), id -> new StatementFigures.Sum(digest)));
    }

    private Figures row(Digest digest) {
        Figures found = rows.get(digest.id());
        if (found == null) {
            found = new Figures(digest, all);
            int place = ringLength < rowsMax ? ringLength++ : dismissed();
            ring[place] = found;
            rows.put(digest.id(), found);
        }
        return found;
    }

    /** Takes the one of the next few that took the least time out, and returns its place. */
    private int dismissed() {
        int least = hand;
        for (int i = 0; i < COMPARED; i++) {
            if (ring[hand].totalNanos() < ring[least].totalNanos()) {
                least = hand;
            }
            hand = hand + 1 == rowsMax ? 0 : hand + 1;
        }
        Figures gone = requireNonNull(ring[least], "no row there");
        rows.remove(gone.digest().id());
        gone.dismiss();
        others.absorb(gone);
        return least;
    }
}
