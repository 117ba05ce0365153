package io.shoestring.proxy.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The cases of a file of attacks beside this class; the files say how they are written. */
final class AttackTable {
    private static final Pattern BYTE = Pattern.compile("<([0-9A-F]{2}(?:,[0-9A-F]{2})*)>");
    private static final Pattern TIMES = Pattern.compile("\\{([^{}*]+)\\*(\\d+)}");
    private static final String ARROW = " -> ";

    private AttackTable() {}

    /**
     * One case.
     *
     * @param row of the table in the guide
     * @param expected the first word
     * @param sent line ends as bars
     * @param arrives the same; empty if that is not said
     * @param line as it stands in the file
     */
    record Case(String row, String expected, String sent, String arrives, String line) {
        @Override
        public String toString() {
            return row + ": " + line;
        }
    }

    /** All of a file. */
    static List<Case> read(String file) {
        List<Case> cases = new ArrayList<>();
        String row = "";
        for (String line : text(file).split("\n", -1)) {
            if (line.startsWith("# ")) {
                row = line.substring(2);
            } else if (!line.isBlank()) {
                cases.add(parse(row, line));
            }
        }
        return cases;
    }

    /** The rows that have cases, in their order. */
    static List<String> rows(String file) {
        return read(file).stream().map(Case::row).distinct().toList();
    }

    private static Case parse(String row, String line) {
        int space = line.indexOf(' ');
        int arrow = line.indexOf(ARROW);
        String sent = line.substring(space + 1, arrow < 0 ? line.length() : arrow);
        String arrives = arrow < 0 ? "" : line.substring(arrow + ARROW.length());
        return new Case(row, line.substring(0, space), bytes(sent), bytes(arrives), line);
    }

    private static String bytes(String marked) {
        String text =
                marked.replace("<LF>", "<0A>").replace("<CR>", "<0D>").replace("<TAB>", "<09>");
        text = TIMES.matcher(text).replaceAll(AttackTable::repeated);
        return BYTE.matcher(text).replaceAll(AttackTable::octets);
    }

    private static String repeated(java.util.regex.MatchResult found) {
        return Matcher.quoteReplacement(found.group(1).repeat(Integer.parseInt(found.group(2))));
    }

    private static String octets(java.util.regex.MatchResult found) {
        var text = new StringBuilder();
        for (String octet : found.group(1).split(",", -1)) {
            text.append((char) Integer.parseInt(octet, 16));
        }
        return Matcher.quoteReplacement(text.toString());
    }

    private static String text(String file) {
        try (InputStream in = AttackTable.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalArgumentException("there is no " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
