package io.shoestring.database.postgresql;

import io.shoestring.model.Endpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** libpq's connection string: {@code host='10.0.0.1' port='5432'}. */
final class ConnectionInfo {
    private static final Pattern PAIR =
            Pattern.compile("(\\w+)\\s*=\\s*(?:'((?:[^'\\\\]|\\\\.)*)'|((?:[^\\s'\\\\]|\\\\.)*))");

    private ConnectionInfo() {}

    /** All values are quoted. */
    static String render(Map<String, String> values) {
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + "='" + escape(entry.getValue()) + "'")
                .collect(Collectors.joining(" "));
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("'", "\\'");
    }

    /** The values of a string of keywords; none of a URI. */
    static Map<String, String> parse(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        Matcher pair = PAIR.matcher(text);
        while (pair.find()) {
            String value = pair.group(2) == null ? pair.group(3) : pair.group(2);
            values.put(pair.group(1), value.replaceAll("\\\\(.)", "$1"));
        }
        return values;
    }

    /** Where a replica with this {@code primary_conninfo} gets its log from. */
    static Optional<Endpoint> upstream(String text) {
        Map<String, String> values = parse(text);
        String host = values.getOrDefault("host", values.getOrDefault("hostaddr", ""));
        String port = values.getOrDefault("port", "5432");
        return host.isEmpty() || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535
                ? Optional.empty()
                : Optional.of(new Endpoint(host, Integer.parseInt(port)));
    }
}
