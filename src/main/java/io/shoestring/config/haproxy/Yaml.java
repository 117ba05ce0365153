package io.shoestring.config.haproxy;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Maps, lists and texts written as YAML: maps in blocks, what stands in a list on one line. */
final class Yaml {
    private static final Pattern PLAIN =
            Pattern.compile("[A-Za-z/][A-Za-z0-9_./-]*|[1-9][0-9]*|[0-9]+(ms|s|m)");

    private Yaml() {}

    /** A text that would be a number if it were written plainly. */
    record Text(String text) {}

    static String write(Map<String, ?> map) {
        StringBuilder text = new StringBuilder();
        block(text, map, "");
        return text.toString();
    }

    private static void block(StringBuilder text, Map<?, ?> map, String indent) {
        map.forEach(
                (key, value) -> {
                    text.append(indent).append(scalar(String.valueOf(key))).append(':');
                    if (value instanceof Map<?, ?> child) {
                        text.append('\n');
                        block(text, child, indent + "  ");
                    } else if (value instanceof List<?> list
                            && !list.isEmpty()
                            && list.getFirst() instanceof Map<?, ?>) {
                        text.append('\n');
                        list.forEach(
                                each ->
                                        text.append(indent)
                                                .append("  - ")
                                                .append(flow(each))
                                                .append('\n'));
                    } else {
                        text.append(' ').append(flow(value)).append('\n');
                    }
                });
    }

    private static String flow(Object value) {
        return switch (value) {
            case Map<?, ?> map ->
                    map.entrySet().stream()
                            .map(each -> each.getKey() + ": " + flow(each.getValue()))
                            .collect(Collectors.joining(", ", "{ ", " }"));
            case List<?> list ->
                    list.stream().map(Yaml::flow).collect(Collectors.joining(", ", "[", "]"));
            case Text(String text) -> '"' + text + '"';
            case Integer number -> number.toString();
            default -> scalar(value.toString());
        };
    }

    private static String scalar(String text) {
        return PLAIN.matcher(text).matches() && !text.matches("true|false|null|on|off|y|n")
                ? text
                : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
