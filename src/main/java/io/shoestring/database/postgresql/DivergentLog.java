package io.shoestring.database.postgresql;

import io.shoestring.model.Lsn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts what is in a piece of log: rows by table, of transactions that were committed there. It
 * reads what {@code pg_waldump} prints, line by line.
 *
 * <p>What it cannot know: rows that a TRUNCATE or a DROP took away, and what was in them.
 */
final class DivergentLog {
    /** Beyond these nothing more is counted: a summary must not take the node's memory. */
    private static final int TRANSACTIONS_MOST = 100_000;

    /** Below these numbers objects come from initdb. */
    private static final long FIRST_OWN = 16_384;

    private static final Pattern RECORD =
            Pattern.compile(
                    "^rmgr: (\\S+)\\s.*?tx:\\s*(\\d+), lsn: ([0-9A-F]+/[0-9A-F]+),.*? desc:"
                            + " (\\w+)(.*)");
    private static final Pattern RELATION =
            Pattern.compile("blkref #0: rel (\\d+)/(\\d+)/(\\d+)(?! fork)");
    private static final Pattern MADE = Pattern.compile("/(\\d+)/(\\d+)$");
    private static final Pattern TUPLES = Pattern.compile("(?:ntuples: )?(\\d+)(?: tuples)?");
    private static final Pattern PARTS = Pattern.compile("subxacts: ([\\d ]+)");

    private final Lsn from;
    private final Map<Long, Map<Relation, Rows>> open = new HashMap<>();
    private final Map<Relation, Rows> committed = new TreeMap<>();
    private final Set<String> made = new HashSet<>();
    private int commits;
    private boolean incomplete;

    /**
     * Nothing is read yet.
     *
     * @param from records before it are not counted
     */
    DivergentLog(Lsn from) {
        this.from = from;
    }

    /** A table's file, by numbers: what the log calls a table. */
    record Relation(long tablespace, long database, long file) implements Comparable<Relation> {
        /** Whether it is the application's, not the system's own. */
        boolean own() {
            return file >= FIRST_OWN;
        }

        @Override
        public int compareTo(Relation other) {
            int order = Long.compare(database, other.database);
            return order != 0 ? order : Long.compare(file, other.file);
        }
    }

    /** How many rows. */
    record Rows(long inserted, long updated, long deleted) {
        Rows plus(Rows other) {
            return new Rows(
                    inserted + other.inserted, updated + other.updated, deleted + other.deleted);
        }

        @Override
        public String toString() {
            List<String> parts = new ArrayList<>();
            say(parts, inserted, "inserted");
            say(parts, updated, "updated");
            say(parts, deleted, "deleted");
            return String.join(", ", parts);
        }

        private static void say(List<String> parts, long count, String what) {
            if (count > 0) {
                parts.add(count + (count == 1 ? " row " : " rows ") + what);
            }
        }
    }

    /**
     * What was found.
     *
     * @param commits transactions that were committed and changed rows, or wrote otherwise
     * @param unfinished transactions with rows that were neither committed nor rolled back
     * @param tables rows of committed transactions, of the application's own tables
     * @param made files that were made in this piece of log, as {@code database/file}: tables that
     *     are new, or were rewritten
     * @param incomplete whether there was too much to count it all
     */
    record Summary(
            int commits,
            int unfinished,
            Map<Relation, Rows> tables,
            Set<String> made,
            boolean incomplete) {
        Summary {
            made = Set.copyOf(made);
            tables = Map.copyOf(tables);
        }
    }

    /** Reads one line; what is no record of rows or of a transaction's end is passed over. */
    void line(String text) {
        Matcher record = RECORD.matcher(text);
        if (!record.find() || Lsn.parse(record.group(3)).compareTo(from) < 0) {
            return;
        }
        long transaction = Long.parseLong(record.group(2));
        String rest = record.group(5);
        switch (record.group(1)) {
            case "Heap", "Heap2" ->
                    rows(record.group(4), rest).ifPresent(rows -> add(transaction, rest, rows));
            case "Transaction" -> end(record.group(4), transaction, rest);
            case "Storage" -> file(record.group(4), rest);
            default -> {}
        }
    }

    private static Optional<Rows> rows(String what, String rest) {
        return switch (what) {
            case "INSERT" -> Optional.of(new Rows(1, 0, 0));
            case "UPDATE", "HOT_UPDATE" -> Optional.of(new Rows(0, 1, 0));
            case "DELETE" -> Optional.of(new Rows(0, 0, 1));
            case "MULTI_INSERT" -> Optional.of(new Rows(tuples(rest), 0, 0));
            default -> Optional.empty();
        };
    }

    private static long tuples(String rest) {
        Matcher tuples = TUPLES.matcher(rest);
        return tuples.find() ? Long.parseLong(tuples.group(1)) : 1;
    }

    private void add(long transaction, String rest, Rows rows) {
        Matcher relation = RELATION.matcher(rest);
        if (!relation.find()) {
            return;
        }
        if (open.size() >= TRANSACTIONS_MOST) {
            incomplete = true;
            return;
        }
        open.computeIfAbsent(transaction, _ -> new HashMap<>())
                .merge(
                        new Relation(
                                Long.parseLong(relation.group(1)),
                                Long.parseLong(relation.group(2)),
                                Long.parseLong(relation.group(3))),
                        rows,
                        Rows::plus);
    }

    /** The other server may have given the same number to another table since. */
    private void file(String what, String rest) {
        Matcher file = MADE.matcher(rest.strip());
        if (what.equals("CREATE") && file.find()) {
            made.add(file.group(1) + "/" + file.group(2));
        }
    }

    private void end(String what, long transaction, String rest) {
        List<Long> all = new ArrayList<>(List.of(transaction));
        Matcher parts = PARTS.matcher(rest);
        if (parts.find()) {
            for (String part : parts.group(1).strip().split(" ", -1)) {
                all.add(Long.parseLong(part));
            }
        }
        if (what.startsWith("COMMIT")) {
            commits++;
            all.forEach(this::commit);
        } else if (what.startsWith("ABORT")) {
            all.forEach(open::remove);
        }
    }

    private void commit(long transaction) {
        Map<Relation, Rows> rows = open.remove(transaction);
        if (rows != null) {
            rows.forEach((relation, count) -> committed.merge(relation, count, Rows::plus));
        }
    }

    /** What was counted up to now. */
    Summary summary() {
        Map<Relation, Rows> own = new TreeMap<>(committed);
        own.keySet().removeIf(relation -> !relation.own());
        return new Summary(commits, open.size(), own, made, incomplete);
    }
}
