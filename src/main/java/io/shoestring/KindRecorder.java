package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.FiguresList.Row;
import io.shoestring.monitoring.digest.DigestTable;
import io.shoestring.monitoring.history.KindHistory;
import io.shoestring.monitoring.history.KindHistory.Sum;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps, each half minute, what came of each kind of statement and URL. By one thread. */
final class KindRecorder {
    private static final String SEPARATOR = "\u001f";
    private static final int TEXT_MAX = 300;

    private final KindHistory history;
    private final Traffic traffic;
    private Map<String, Sum> before = Map.of();
    private long nextSecond = Long.MIN_VALUE;

    KindRecorder(KindHistory history, Traffic traffic) {
        this.history = requireNonNull(history, "history is null");
        this.traffic = requireNonNull(traffic, "traffic is null");
    }

    /** A second has come; most of them are nothing to this one. */
    void second(long epochSecond) {
        if (nextSecond != Long.MIN_VALUE
                && epochSecond < nextSecond
                && nextSecond - epochSecond <= KindHistory.SLOT_SECONDS) {
            return;
        }
        boolean first = nextSecond == Long.MIN_VALUE;
        nextSecond =
                (Math.floorDiv(epochSecond, KindHistory.SLOT_SECONDS) + 1)
                        * KindHistory.SLOT_SECONDS;
        Map<String, Sum> now = new HashMap<>();
        add(now, "statement", traffic.statements());
        add(now, "url", traffic.urls());
        if (!first) {
            history.record(epochSecond, since(before, now));
        }
        before = now;
    }

    private static void add(Map<String, Sum> to, String what, List<Row> rows) {
        for (Row row : rows) {
            to.merge(
                    name(what, row.listener(), row.text()),
                    new Sum(row.count(), row.failures(), row.totalMicros()),
                    Sum::plus);
        }
    }

    private static String name(String what, String listener, String text) {
        if (text.equals(DigestTable.OTHERS.text())) {
            return what + SEPARATOR + listener + SEPARATOR + KindHistory.OTHERS;
        }
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return what
                + SEPARATOR
                + listener
                + SEPARATOR
                + line.substring(0, Math.min(TEXT_MAX, line.length()));
    }

    /** Of what, of which listener, and which kind it is. */
    static Changes.Subject subject(String name) {
        String[] parts = name.split(SEPARATOR, 3);
        return parts.length == 3
                ? new Changes.Subject(parts[0], parts[1], parts[2])
                : new Changes.Subject("statement", "", name);
    }

    /**
     * What came in between. A kind that had to make room was added to the others with all that it
     * had: what is in sum more is theirs, what they have more is not.
     */
    static Map<String, Sum> since(Map<String, Sum> before, Map<String, Sum> now) {
        Map<String, Sum> came = new HashMap<>();
        Map<String, Sum> absorbed = new HashMap<>();
        before.forEach(
                (name, then) -> {
                    Sum is = now.get(name);
                    if (is == null || is.count() < then.count()) {
                        absorbed.merge(others(name), then, Sum::plus);
                    }
                });
        now.forEach(
                (name, is) -> {
                    Sum then = before.getOrDefault(name, new Sum(0, 0, 0));
                    boolean anew = is.count() < then.count();
                    Sum more = anew ? is : minus(is, then);
                    if (name.equals(others(name))) {
                        more = minus(more, absorbed.getOrDefault(name, new Sum(0, 0, 0)));
                    }
                    came.put(name, more);
                });
        return came;
    }

    private static String others(String name) {
        return name.substring(0, name.lastIndexOf(SEPARATOR) + 1) + KindHistory.OTHERS;
    }

    private static Sum minus(Sum one, Sum other) {
        return new Sum(
                Math.max(0, one.count() - other.count()),
                Math.max(0, one.failures() - other.failures()),
                Math.max(0, one.micros() - other.micros()));
    }
}
