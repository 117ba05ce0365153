package io.shoestring.doctor.facts;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Has a server read what the kernel of its machine shows it: so each machine can be asked. */
final class KernelSurvey {
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Pattern SOFT_FILES =
            Pattern.compile("(?m)^Max open files\\s+(\\d+|unlimited)");

    private final Connection connection;

    KernelSurvey(Connection connection) {
        this.connection = connection;
    }

    KernelFacts ask() throws SQLException {
        String memory = file("/proc/meminfo");
        OptionalLong swap = kilobytes(memory, "SwapTotal");
        OptionalLong free = kilobytes(memory, "SwapFree");
        return new KernelFacts(
                kilobytes(memory, "MemTotal"),
                swap,
                swap.isPresent() && free.isPresent()
                        ? OptionalLong.of(swap.getAsLong() - free.getAsLong())
                        : OptionalLong.empty(),
                number(file("/proc/sys/vm/overcommit_memory")),
                number(file("/proc/sys/vm/swappiness")),
                openFiles(file("/proc/self/limits")));
    }

    /** The first number of {@code /proc/PID/limits} for files: the one that counts. */
    static OptionalLong openFiles(String limits) {
        Matcher soft = SOFT_FILES.matcher(limits);
        if (!soft.find()) {
            return OptionalLong.empty();
        }
        return soft.group(1).equals("unlimited")
                ? OptionalLong.of(Long.MAX_VALUE)
                : number(soft.group(1));
    }

    /** With a length: the kernel says that such files are empty. */
    private String file(String path) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_read_file(?, 0, 100000, true)")) {
            statement.setString(1, path);
            try (ResultSet rows = statement.executeQuery()) {
                String text = rows.next() ? rows.getString(1) : null;
                return text == null ? "" : text;
            }
        }
    }

    private static OptionalLong kilobytes(String memory, String name) {
        Matcher line = Pattern.compile("(?m)^" + name + ":\\s+(\\d+) kB").matcher(memory);
        return line.find()
                ? OptionalLong.of(Long.parseLong(line.group(1)) * 1024)
                : OptionalLong.empty();
    }

    private static OptionalLong number(String text) {
        Matcher found = NUMBER.matcher(text);
        return found.find() ? OptionalLong.of(Long.parseLong(found.group())) : OptionalLong.empty();
    }
}
