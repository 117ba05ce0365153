package io.shoestring.monitoring.history;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which series has which column, and since when. When all columns are taken, one whose series has
 * not been heard of for a day goes to another; what is older in it stays that of the earlier one.
 * Kept in a text file, a line for each time that a column was given. Not thread-safe.
 */
final class Columns {
    private static final long FORGOTTEN_SECONDS = 86_400;
    private static final int LINES_MAX = 4_096;

    /** A column is a series' from this second on, until somebody else gets it. */
    private record Given(int column, long since, String name) {
        String line() {
            return column + "\t" + since + "\t" + name + "\n";
        }

        static Optional<Given> parse(String line) {
            String[] parts = line.split("\t", 3);
            try {
                return parts.length < 3
                        ? Optional.empty()
                        : Optional.of(
                                new Given(
                                        Integer.parseInt(parts[0]),
                                        Long.parseLong(parts[1]),
                                        parts[2]));
            } catch (NumberFormatException _) {
                return Optional.empty();
            }
        }
    }

    private final Path file;
    private final int max;
    private final List<Given> all = new ArrayList<>();
    private final Map<String, Integer> now = new HashMap<>();
    private final Map<Integer, Long> heard = new HashMap<>();

    private Columns(Path file, int max) {
        this.file = file;
        this.max = max;
    }

    static Columns open(Path file, int max, long nowSecond) throws IOException {
        Columns columns = new Columns(file, max);
        if (Files.exists(file)) {
            // Lines that a crash has torn are passed over.
            Files.readString(file, StandardCharsets.UTF_8)
                    .lines()
                    .flatMap(line -> Given.parse(line).stream())
                    .filter(given -> given.column() >= 0 && given.column() < max)
                    .forEach(columns::take);
            columns.write();
        }
        columns.now.values().forEach(column -> columns.heard.put(column, nowSecond));
        return columns;
    }

    private void take(Given given) {
        now.values().remove(given.column());
        now.put(given.name(), given.column());
        all.add(given);
        if (all.size() > LINES_MAX) {
            all.removeFirst();
        }
    }

    private void write() throws IOException {
        StringBuilder text = new StringBuilder();
        all.forEach(given -> text.append(given.line()));
        Path next = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The column of a series, which gets one if it has none; empty if all are taken. */
    OptionalInt of(String name, long second) throws IOException {
        Integer column = now.get(name);
        if (column == null) {
            OptionalInt free = free(second);
            if (free.isEmpty()) {
                return free;
            }
            Given given = new Given(free.getAsInt(), second, name);
            Files.writeString(
                    file, given.line(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            take(given);
            column = given.column();
        }
        heard.put(column, second);
        return OptionalInt.of(column);
    }

    private OptionalInt free(long second) {
        for (int i = 0; i < max; i++) {
            Long last = heard.get(i);
            if (last == null || second - last > FORGOTTEN_SECONDS) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /** How many columns are in use. */
    int count() {
        return heard.keySet().stream().mapToInt(it -> it + 1).max().orElse(0);
    }

    /** The names of all series, also of those that are recorded no more. */
    List<String> names() {
        return all.stream().map(Given::name).distinct().sorted().toList();
    }

    /** Whose each column was at this second. */
    Map<Integer, String> at(long second) {
        Map<Integer, String> owners = new HashMap<>();
        for (Given given : all) {
            // The first who had it has it since ever: the clock may have gone back.
            if (given.since() <= second || !owners.containsKey(given.column())) {
                owners.put(given.column(), given.name());
            }
        }
        return owners;
    }

    /** Where a series stood at this second; empty if it was not there yet, or not any more. */
    OptionalInt at(String name, long second) {
        for (int i = all.size() - 1; i >= 0; i--) {
            Given given = all.get(i);
            if (given.name().equals(name)) {
                if (second >= begin(i) && second < end(i)) {
                    return OptionalInt.of(given.column());
                }
            }
        }
        return OptionalInt.empty();
    }

    /** Of the first who had the column since ever: the clock may have gone back. */
    private long begin(int index) {
        int column = all.get(index).column();
        return all.subList(0, index).stream().anyMatch(earlier -> earlier.column() == column)
                ? all.get(index).since()
                : Long.MIN_VALUE;
    }

    private long end(int index) {
        int column = all.get(index).column();
        return all.subList(index + 1, all.size()).stream()
                .filter(later -> later.column() == column)
                .mapToLong(Given::since)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }
}
