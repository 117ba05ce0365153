package io.shoestring.cli;

import io.shoestring.admin.api.Story;
import io.shoestring.model.Event;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Text that fits. */
final class Sentences {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private static final DateTimeFormatter MILLIS = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private Sentences() {}

    /** Ends with a full stop. */
    static String asSentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }

    /** Lines of at most {@code width} characters, broken between words where there are any. */
    static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        String rest = text.strip();
        while (rest.length() > width) {
            int space = rest.lastIndexOf(' ', width);
            int end = space > 0 ? space : width;
            lines.add(rest.substring(0, end).stripTrailing());
            rest = rest.substring(end).strip();
        }
        lines.add(rest);
        return lines;
    }

    /** Wrapped, every line with the indent, with a line end after each. */
    static String paragraph(String indent, String text, int width) {
        StringBuilder out = new StringBuilder();
        wrap(text, width - indent.length())
                .forEach(line -> out.append(indent).append(line).append('\n'));
        return out.toString();
    }

    /** One event, its text below itself when it is long. */
    static String event(Event event, ZoneId zone, int width, Style style) {
        String about =
                event.database().map(name -> name + " epoch " + event.epoch()).orElse("the node");
        String head = TIME.format(event.at().atZone(zone)) + "  " + severity(event, style);
        String where = event.node().isEmpty() ? "" : ", noted by " + event.node();
        return head + style.faint(about + where) + "\n" + paragraph("    ", event.text(), width);
    }

    /** When it began, how it ended, and below that what happened, each with its time. */
    static String story(Story story, Console console) {
        Style style = console.style();
        int width = console.columns();
        String headline = paragraph("  ", story.headline(), width).stripTrailing();
        StringBuilder out = new StringBuilder();
        out.append("  ").append(TIME.format(story.began().atZone(console.zone()))).append('\n');
        out.append(story.over() ? style.bold(headline) : style.warning(headline)).append('\n');
        for (Story.Line line : story.lines()) {
            String at = MILLIS.format(line.at().atZone(console.zone()));
            String text = paragraph(" ".repeat(18), line.text(), width).stripLeading();
            out.append("    ").append(style.faint(at)).append("  ").append(text);
        }
        return out.toString();
    }

    private static String severity(Event event, Style style) {
        String word = event.severity().name().toLowerCase(Locale.ROOT) + "  ";
        return switch (event.severity()) {
            case INFO -> "";
            case WARNING -> style.warning(word);
            case ERROR -> style.bad(word);
        };
    }

    /** How many of what. */
    static String count(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    /** A count of bytes with three digits or so. */
    static String bytes(long count) {
        if (count < 1000) {
            return count + " B";
        }
        List<String> units = List.of("kB", "MB", "GB", "TB", "PB", "EB");
        double value = count;
        int unit = -1;
        while (value >= 999.95 && unit < units.size() - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, units.get(unit));
    }
}
