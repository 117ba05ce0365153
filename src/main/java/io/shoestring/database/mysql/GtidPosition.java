package io.shoestring.database.mysql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How far a server is in its log. Of MariaDB: for each domain the last sequence number ({@code
 * 0-1-100,1-3-7}). Of MySQL: for each server the ranges of its transactions ({@code
 * uuid:1-5:7-9,uuid:1}).
 */
public final class GtidPosition {
    private record Range(long from, long to) {}

    private final Map<String, List<Range>> ranges;

    private GtidPosition(Map<String, List<Range>> ranges) {
        this.ranges = ranges;
    }

    /**
     * Reads what a server says.
     *
     * @throws MysqlException if it is not understood
     */
    public static GtidPosition parse(String text) throws MysqlException {
        Map<String, List<Range>> ranges = new HashMap<>();
        for (String part : text.replaceAll("\\s", "").split(",", -1)) {
            if (!part.isEmpty()) {
                add(ranges, part);
            }
        }
        return new GtidPosition(ranges);
    }

    private static void add(Map<String, List<Range>> ranges, String part) throws MysqlException {
        try {
            if (part.indexOf(':') < 0) {
                String[] fields = part.split("-", -1);
                if (fields.length != 3) {
                    throw new MysqlException(part + " is no position");
                }
                of(ranges, fields[0]).add(new Range(1, Long.parseLong(fields[2])));
                return;
            }
            String[] fields = part.split(":", -1);
            String server = fields[0].toLowerCase(Locale.ROOT);
            for (int i = 1; i < fields.length; i++) {
                String[] bounds = fields[i].split("-", -1);
                of(ranges, server)
                        .add(
                                new Range(
                                        Long.parseLong(bounds[0]),
                                        Long.parseLong(bounds[bounds.length - 1])));
            }
        } catch (NumberFormatException e) {
            throw new MysqlException(part + " is no position");
        }
    }

    private static List<Range> of(Map<String, List<Range>> ranges, String key) {
        return ranges.computeIfAbsent(key, _ -> new ArrayList<>());
    }

    /** Whether everything of {@code other} is in this. */
    public boolean covers(GtidPosition other) {
        return other.ranges.entrySet().stream()
                .allMatch(
                        each ->
                                each.getValue().stream()
                                        .allMatch(range -> has(each.getKey(), range)));
    }

    private boolean has(String key, Range wanted) {
        return ranges.getOrDefault(key, List.of()).stream()
                .anyMatch(range -> range.from() <= wanted.from() && range.to() >= wanted.to());
    }
}
