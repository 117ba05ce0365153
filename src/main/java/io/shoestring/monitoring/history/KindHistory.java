package io.shoestring.monitoring.history;

import static java.util.Objects.requireNonNull;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How often each kind of statement and of URL came, and how long it took, in each half minute of
 * the last day; in a file that is 12 MB when it is full. A disk that cannot be written costs what
 * would have been written, and nothing else. Thread-safe.
 */
public final class KindHistory implements AutoCloseable {
    /** The unit of what is asked for. */
    public static final int SLOT_SECONDS = 30;

    /** Kinds with figures of their own in a day; what is more counts as {@link #OTHERS}. */
    public static final int KINDS_MAX = 256;

    /** The name under which everything is counted that has no place of its own. */
    public static final String OTHERS = "<other>";

    private static final Logger LOG = LoggerFactory.getLogger(KindHistory.class);
    private static final int SLOTS = 86_400 / SLOT_SECONDS;

    /** Each kind has two cells of a row: count and time, failures. */
    private static final int CELLS = 2;

    /** What came of a kind. */
    public record Sum(double count, double failures, double micros) {
        static final Sum NOTHING = new Sum(0, 0, 0);

        /** Both together. */
        public Sum plus(Sum other) {
            return new Sum(count + other.count, failures + other.failures, micros + other.micros);
        }
    }

    private final Columns columns;
    private final RingFile file;
    private boolean failing;

    private KindHistory(Columns columns, RingFile file) {
        this.columns = columns;
        this.file = file;
    }

    /**
     * Opens the files in a directory, or makes them.
     *
     * @param nowSecond since 1970
     * @throws IOException if they cannot be used
     */
    public static KindHistory open(Path directory, long nowSecond) throws IOException {
        requireNonNull(directory, "directory is null");
        Files.createDirectories(directory);
        Columns columns = Columns.open(directory.resolve("kinds"), KINDS_MAX, nowSecond);
        return new KindHistory(
                columns, RingFile.open(directory.resolve("kinds.ring"), SLOTS, KINDS_MAX * CELLS));
    }

    /**
     * Keeps what came in the half minute that ends now.
     *
     * @param endSecond since 1970
     * @param sums by the names of the kinds, each in one line
     */
    public synchronized void record(long endSecond, Map<String, Sum> sums) {
        try {
            file.write(Math.floorDiv(endSecond, SLOT_SECONDS) - 1, row(endSecond, sums));
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("what statements take is not kept: {}", e.toString());
            }
            failing = true;
        }
    }

    private Row row(long second, Map<String, Sum> sums) throws IOException {
        float[] counts = new float[KINDS_MAX * CELLS];
        float[] times = new float[KINDS_MAX * CELLS];
        int others = columns.of(OTHERS, second).orElseThrow();
        // Of those that are new the ones that matter get the places that are left.
        List<Map.Entry<String, Sum>> all =
                sums.entrySet().stream()
                        .filter(it -> it.getValue().count() > 0)
                        .sorted(Comparator.comparingDouble(it -> -it.getValue().micros()))
                        .toList();
        for (Map.Entry<String, Sum> each : all) {
            int column = columns.of(each.getKey(), second).orElse(others);
            counts[column * CELLS] += (float) each.getValue().count();
            times[column * CELLS] += (float) each.getValue().micros();
            counts[column * CELLS + 1] += (float) each.getValue().failures();
        }
        int used = columns.count() * CELLS;
        return new Row(SLOT_SECONDS, Arrays.copyOf(counts, used), Arrays.copyOf(times, used));
    }

    /**
     * What came in a time.
     *
     * @param from since 1970; rounded to whole slots, like {@code to}
     * @throws IOException if it cannot be read
     */
    public synchronized Map<String, Sum> sums(long from, long to) throws IOException {
        Map<String, Sum> sums = new HashMap<>();
        long first = Math.floorDiv(from, SLOT_SECONDS);
        long end = Math.min(Math.floorDiv(to, SLOT_SECONDS), first + SLOTS);
        for (long slot = first; slot < end; slot++) {
            Row row = file.read(slot);
            if (row != Row.NONE) {
                add(sums, row, columns.at((slot + 1) * SLOT_SECONDS));
            }
        }
        return sums;
    }

    private static void add(Map<String, Sum> sums, Row row, Map<Integer, String> owners) {
        owners.forEach(
                (column, name) -> {
                    Sum sum = sum(row, column * CELLS);
                    if (sum.count() > 0) {
                        sums.merge(name, sum, Sum::plus);
                    }
                });
    }

    private static Sum sum(Row row, int cell) {
        return cell + 1 >= row.columns()
                ? Sum.NOTHING
                : new Sum(row.mean(cell), row.mean(cell + 1), row.high(cell));
    }

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}
