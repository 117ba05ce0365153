package io.shoestring.monitoring.history;

import static java.util.Objects.requireNonNull;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What was measured on this node, by the second and back for two years, in files that take 63 MB
 * together when they are full. A disk that cannot be written costs what would have been written,
 * and nothing else. Thread-safe.
 */
public final class History implements AutoCloseable {
    /** More series than this are not kept. */
    public static final int SERIES_MAX = 256;

    private static final Logger LOG = LoggerFactory.getLogger(History.class);

    private final Map<Resolution, RingFile> files = new EnumMap<>(Resolution.class);

    /** The slot of each that is being gathered: it is written when the next one begins. */
    private final Map<Resolution, Long> open = new EnumMap<>(Resolution.class);

    private final Columns columns;
    private int leftOut;
    private boolean failing;

    private History(Columns columns) {
        this.columns = columns;
    }

    /**
     * Opens the files in a directory, or makes them.
     *
     * @param nowSecond since 1970
     * @throws IOException if they cannot be used
     */
    public static History open(Path directory, long nowSecond) throws IOException {
        requireNonNull(directory, "directory is null");
        Files.createDirectories(directory);
        History history =
                new History(Columns.open(directory.resolve("series"), SERIES_MAX, nowSecond));
        try {
            for (Resolution each : Resolution.values()) {
                String name = each.name().toLowerCase(Locale.ROOT).replace('_', '-') + ".ring";
                history.files.put(
                        each, RingFile.open(directory.resolve(name), each.rows(), SERIES_MAX));
            }
            history.goOn();
        } catch (IOException e) {
            history.close();
            throw e;
        }
        return history;
    }

    /** What was gathered when the process ended is in the finer files: it is found there again. */
    private void goOn() throws IOException {
        for (Resolution each : Resolution.coarser()) {
            OptionalLong newest = file(each.finer()).newest();
            if (newest.isPresent()) {
                open.put(each, each.slot(newest.getAsLong() * each.finer().seconds()));
            }
        }
    }

    /**
     * Keeps what was measured in a second.
     *
     * @param epochSecond since 1970; the clock may jump
     */
    public synchronized void record(long epochSecond, Map<String, Double> values) {
        try {
            close(epochSecond);
            float[] row = row(epochSecond, values);
            file(Resolution.SECOND).write(epochSecond, new Row(1, row, row));
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn(
                        "what is measured is not kept until the disk can be written: {}",
                        e.toString());
            }
            failing = true;
        }
    }

    private void close(long epochSecond) throws IOException {
        for (Resolution each : Resolution.coarser()) {
            long slot = each.slot(epochSecond);
            Long gathered = open.put(each, slot);
            if (gathered != null && gathered != slot) {
                Row whole = gathered(each, gathered);
                if (whole != Row.NONE) {
                    file(each).write(gathered, whole);
                }
            }
        }
    }

    private float[] row(long second, Map<String, Double> values) throws IOException {
        float[] row = new float[SERIES_MAX];
        Arrays.fill(row, Float.NaN);
        int before = leftOut;
        leftOut = 0;
        for (Map.Entry<String, Double> value : values.entrySet()) {
            OptionalInt column = columns.of(value.getKey(), second);
            if (column.isPresent()) {
                row[column.getAsInt()] = value.getValue().floatValue();
            } else {
                leftOut++;
            }
        }
        if (leftOut > 0 && before == 0) {
            LOG.warn(
                    "{} series are left out of the history: it has room for {}",
                    leftOut,
                    SERIES_MAX);
        }
        return Arrays.copyOf(row, columns.count());
    }

    /** What the finer file has of a slot. */
    private Row gathered(Resolution of, long slot) throws IOException {
        Resolution finer = of.finer();
        int parts = of.seconds() / finer.seconds();
        List<Row> rows = new ArrayList<>();
        for (long part = slot * parts; part < (slot + 1) * parts; part++) {
            rows.add(read(finer, part));
        }
        return Row.of(rows);
    }

    private Row read(Resolution of, long slot) throws IOException {
        return of != Resolution.SECOND && Long.valueOf(slot).equals(open.get(of))
                ? gathered(of, slot)
                : file(of).read(slot);
    }

    /** The names of all series. */
    public synchronized List<String> names() {
        return columns.names();
    }

    /**
     * What was measured.
     *
     * @param names of the series; one that is not known has only gaps
     * @param from the second with which the first point begins
     * @param count points
     * @throws IOException if it cannot be read
     */
    public synchronized List<Points> points(
            List<String> names, Resolution resolution, long from, int count) throws IOException {
        Row[] rows = new Row[count];
        long first = resolution.slot(from);
        for (int i = 0; i < count; i++) {
            rows[i] = read(resolution, first + i);
        }
        return names.stream().map(name -> points(name, resolution, first, rows)).toList();
    }

    private Points points(String name, Resolution resolution, long first, Row[] rows) {
        float[] means = new float[rows.length];
        float[] highs = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            long last = (first + i + 1) * resolution.seconds() - 1;
            OptionalInt column = columns.at(name, last);
            means[i] = column.isPresent() ? rows[i].mean(column.getAsInt()) : Float.NaN;
            highs[i] = column.isPresent() ? rows[i].high(column.getAsInt()) : Float.NaN;
        }
        return new Points(name, means, highs);
    }

    private RingFile file(Resolution of) {
        return requireNonNull(files.get(of), "not open");
    }

    /** What was recorded is in the files already. */
    @Override
    public synchronized void close() throws IOException {
        for (RingFile file : files.values()) {
            file.close();
        }
    }
}
