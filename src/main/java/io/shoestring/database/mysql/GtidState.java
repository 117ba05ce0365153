package io.shoestring.database.mysql;

import static java.util.Objects.requireNonNull;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How far the log of a MariaDB server goes, by the servers that wrote it: for each domain and each
 * writer the last sequence number, as {@code gtid_binlog_state} has it. Two histories are one if
 * each writer's part of the shorter is in the longer.
 *
 * @param sequences by {@code domain-server}
 */
record GtidState(Map<String, Long> sequences) {
    /** Nothing was ever written. */
    static final GtidState EMPTY = new GtidState(Map.of());

    GtidState {
        sequences = Map.copyOf(requireNonNull(sequences, "sequences is null"));
    }

    /**
     * Reads {@code 0-1-100,0-2-103}.
     *
     * @throws MysqlException if it is something else
     */
    static GtidState parse(String text) throws MysqlException {
        Map<String, Long> sequences = new HashMap<>();
        for (String part : text.replaceAll("\\s", "").split(",", -1)) {
            int last = part.lastIndexOf('-');
            if (part.isEmpty()) {
                continue;
            }
            if (last < 0 || !part.matches("\\d+-\\d+-\\d+")) {
                throw new MysqlException(part + " is no position of MariaDB's");
            }
            sequences.merge(
                    part.substring(0, last), Long.parseLong(part.substring(last + 1)), Math::max);
        }
        return new GtidState(sequences);
    }

    /** The same with one more transaction. */
    GtidState with(long domain, long server, long sequence) {
        Map<String, Long> next = new HashMap<>(sequences);
        next.merge(domain + "-" + server, sequence, Math::max);
        return new GtidState(next);
    }

    /** The transactions of this that are not in {@code other}, as {@code 0-1-104 to 0-1-107}. */
    List<String> missingFrom(GtidState other) {
        return sequences.entrySet().stream()
                .filter(each -> other.sequences.getOrDefault(each.getKey(), 0L) < each.getValue())
                .sorted(Map.Entry.comparingByKey())
                .map(each -> range(each, other.sequences.getOrDefault(each.getKey(), 0L)))
                .toList();
    }

    /** Whether this goes on after {@code applied} with a transaction of that server's own. */
    boolean isWrittenBy(long server, GtidState applied) {
        return sequences.entrySet().stream()
                .filter(each -> each.getKey().endsWith("-" + server))
                .anyMatch(each -> applied.newest(domain(each.getKey())) < each.getValue());
    }

    private long newest(String domain) {
        return sequences.entrySet().stream()
                .filter(each -> domain(each.getKey()).equals(domain))
                .mapToLong(Map.Entry::getValue)
                .max()
                .orElse(0);
    }

    private static String domain(String writer) {
        return writer.substring(0, writer.indexOf('-'));
    }

    private static String range(Map.Entry<String, Long> ours, long theirs) {
        String newest = ours.getKey() + "-" + ours.getValue();
        return theirs + 1 == ours.getValue()
                ? newest
                : "up to " + newest + " (there: " + ours.getKey() + "-" + theirs + ")";
    }

    /**
     * How far it goes as one number: the newest sequence number of each domain, added up. Of two
     * servers with one history the one with the higher number has more.
     */
    long distance() {
        Map<String, Long> domains = new HashMap<>();
        sequences.forEach((writer, sequence) -> domains.merge(domain(writer), sequence, Math::max));
        return domains.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public String toString() {
        return sequences.entrySet().stream()
                .sorted(Comparator.comparing(Map.Entry::getKey))
                .map(each -> each.getKey() + "-" + each.getValue())
                .collect(Collectors.joining(","));
    }
}
