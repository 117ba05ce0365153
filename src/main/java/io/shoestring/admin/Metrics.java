package io.shoestring.admin;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Figures in the text formats that Prometheus reads: its own (0.0.4), and OpenMetrics 1.0. Those of
 * one name stand together, as both formats ask for.
 */
final class Metrics {
    private final Map<String, Family> families = new LinkedHashMap<>();

    /** What a figure does over time. */
    enum Kind {
        /** It only grows; its name ends in {@code _total}. */
        COUNTER,
        GAUGE,
        /** How often which size occurred. */
        HISTOGRAM
    }

    /** All figures of one name. */
    private record Family(Kind kind, String help, StringBuilder samples) {}

    /**
     * Adds a figure.
     *
     * @param name as it stands in the line: with {@code _total} if it is a counter
     * @param labels names and values in turn
     */
    void add(String name, Kind kind, String help, Number value, List<String> labels) {
        StringBuilder samples =
                families.computeIfAbsent(name, _ -> new Family(kind, help, new StringBuilder()))
                        .samples();
        line(samples, name, labels, value);
    }

    /**
     * Adds how long things took.
     *
     * @param bounds in seconds, growing
     * @param counts of those that took no longer than each bound
     * @param count of all
     * @param sum of all, in seconds
     */
    void addDurations(
            String name,
            String help,
            List<Double> bounds,
            List<Long> counts,
            long count,
            double sum,
            List<String> labels) {
        StringBuilder samples =
                families.computeIfAbsent(
                                name, _ -> new Family(Kind.HISTOGRAM, help, new StringBuilder()))
                        .samples();
        for (int i = 0; i < bounds.size(); i++) {
            bucket(samples, name, labels, plain(bounds.get(i)), counts.get(i));
        }
        bucket(samples, name, labels, "+Inf", count);
        line(samples, name + "_sum", labels, sum);
        line(samples, name + "_count", labels, count);
    }

    /** As both formats want it: 0.0001 and 1.0. */
    private static String plain(double bound) {
        String text = BigDecimal.valueOf(bound).stripTrailingZeros().toPlainString();
        return text.contains(".") ? text : text + ".0";
    }

    private static void bucket(
            StringBuilder samples, String name, List<String> labels, String bound, long count) {
        List<String> more = new ArrayList<>(labels);
        more.add("le");
        more.add(bound);
        line(samples, name + "_bucket", more, count);
    }

    private static void line(StringBuilder to, String name, List<String> labels, Number value) {
        to.append(name);
        for (int i = 0; i < labels.size(); i += 2) {
            to.append(i == 0 ? '{' : ',').append(labels.get(i)).append("=\"");
            to.append(escaped(labels.get(i + 1))).append('"');
        }
        to.append(labels.isEmpty() ? "" : "}").append(' ');
        to.append(number(value.doubleValue())).append('\n');
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    /**
     * All of them.
     *
     * @param open in OpenMetrics, where a counter's family has no {@code _total} and the text an
     *     end
     */
    String text(boolean open) {
        StringBuilder text = new StringBuilder();
        families.forEach(
                (name, family) -> {
                    boolean counts = family.kind() == Kind.COUNTER;
                    String title =
                            open && counts && name.endsWith("_total")
                                    ? name.substring(0, name.length() - "_total".length())
                                    : name;
                    text.append("# HELP ").append(title).append(' ').append(family.help());
                    text.append("\n# TYPE ").append(title).append(' ');
                    text.append(family.kind().name().toLowerCase(Locale.ROOT)).append('\n');
                    text.append(family.samples());
                });
        return open ? text.append("# EOF\n").toString() : text.toString();
    }
}
