package io.shoestring.proxy.postgresql.statement;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The table of statements and what is expected of them, {@code statements.txt}. */
final class StatementTable {
    private StatementTable() {}

    record Row(String sql, Classification expected) {
        byte[] bytes() {
            return sql.getBytes(UTF_8);
        }

        @Override
        public String toString() {
            return expected.kind() + ": " + sql;
        }
    }

    static List<Row> rows() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(
                        StatementTable.class.getResourceAsStream("statements.txt"))) {
            List<Row> rows = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), UTF_8).split("\n", -1)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    rows.add(row(line));
                }
            }
            return rows;
        }
    }

    static List<Row> reads() throws IOException {
        return rows().stream().filter(row -> row.expected().isRead()).toList();
    }

    private static Row row(String line) {
        int bar = line.indexOf('|');
        String[] words = line.substring(0, bar).trim().split(" ", -1);
        boolean hint = false;
        Set<PinReason> pins = EnumSet.noneOf(PinReason.class);
        for (int i = 1; i < words.length; i++) {
            if (words[i].equals("HINT")) {
                hint = true;
            } else {
                pins.add(PinReason.valueOf(words[i]));
            }
        }
        String rest = line.substring(bar + 1);
        String sql = rest.startsWith(" ") ? rest.substring(1) : rest;
        return new Row(
                unescape(sql),
                new Classification(StatementKind.valueOf(words[0]), pins, hint, true, false));
    }

    private static String unescape(String sql) {
        return sql.replace("\\n", "\n").replace("\\t", "\t").replace("<NUL>", "\0");
    }
}
