package io.shoestring.admin;

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
        GAUGE
    }

    /** All figures of one name. */
    private record Family(Kind kind, String help, StringBuilder samples) {}

    /**
     * Adds a figure.
     *
     * @param name as it stands in the line: with {@code _total} if it is a counter
     * @param labels names and values in turn
     */
    void add(String name, Kind kind, String help, double value, List<String> labels) {
        StringBuilder line =
                families.computeIfAbsent(name, _ -> new Family(kind, help, new StringBuilder()))
                        .samples();
        line.append(name);
        for (int i = 0; i < labels.size(); i += 2) {
            line.append(i == 0 ? '{' : ',').append(labels.get(i)).append("=\"");
            line.append(escaped(labels.get(i + 1))).append('"');
        }
        line.append(labels.isEmpty() ? "" : "}").append(' ').append(number(value)).append('\n');
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
