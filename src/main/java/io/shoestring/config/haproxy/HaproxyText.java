package io.shoestring.config.haproxy;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** HAProxy's configuration as lines of words, in sections (its manual, chapter 2). */
final class HaproxyText {
    /** What a backslash takes its meaning (HAProxy's manual, section 2.2). */
    private static final String ESCAPED = "\\ #\"'$";

    private static final Set<String> SECTIONS =
            Set.of(
                    "global",
                    "defaults",
                    "frontend",
                    "backend",
                    "listen",
                    "peers",
                    "resolvers",
                    "userlist",
                    "mailers",
                    "cache",
                    "program",
                    "ring",
                    "http-errors",
                    "fcgi-app",
                    "log-forward",
                    "crt-list",
                    "crt-store",
                    "acme",
                    "traces",
                    "log-profile");

    private HaproxyText() {}

    static List<Section> sections(String text) {
        List<Section> sections = new ArrayList<>();
        Map<String, List<Directive>> defaultsByName = new HashMap<>();
        List<Directive> defaults = List.of();
        @Nullable Directive head = null;
        List<Directive> own = new ArrayList<>();
        for (Directive each : directives(text)) {
            if (!SECTIONS.contains(each.word(0))) {
                own.add(each);
                continue;
            }
            if (head != null) {
                defaults = close(head, defaults, own, sections, defaultsByName);
            }
            head = each;
            own = new ArrayList<>();
        }
        if (head != null) {
            close(head, defaults, own, sections, defaultsByName);
        }
        return sections;
    }

    /** Adds the section, and gives the defaults that hold from now on. */
    private static List<Directive> close(
            Directive head,
            List<Directive> defaults,
            List<Directive> own,
            List<Section> sections,
            Map<String, List<Directive>> defaultsByName) {
        int from = head.words().indexOf("from");
        List<Directive> inherited =
                from > 0 ? defaultsByName.getOrDefault(head.word(from + 1), List.of()) : defaults;
        if (!head.is("defaults")) {
            boolean proxy = Set.of("frontend", "backend", "listen").contains(head.word(0));
            sections.add(new Section(head, proxy ? inherited : List.of(), own));
            return defaults;
        }
        List<Directive> all = new ArrayList<>(from > 0 ? inherited : List.of());
        all.addAll(own);
        defaultsByName.put(head.word(1), all);
        return all;
    }

    private static List<Directive> directives(String text) {
        List<Directive> all = new ArrayList<>();
        int number = 0;
        for (String line : text.split("\r?\n", -1)) {
            number++;
            List<String> words = words(line);
            if (!words.isEmpty()) {
                all.add(new Directive(number, line.strip(), words));
            }
        }
        return all;
    }

    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        var word = new StringBuilder();
        boolean begun = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char each = line.charAt(i);
            boolean escapes = each == '\\' && quote != '\'' && i + 1 < line.length();
            if (escapes) {
                char next = line.charAt(++i);
                // Others stand for themselves, as in a regular expression.
                word.append(ESCAPED.indexOf(next) < 0 ? "\\" : "").append(next);
                begun = true;
            } else if (quote != 0) {
                if (each == quote) {
                    quote = 0;
                } else {
                    word.append(each);
                }
            } else if (each == '"' || each == '\'') {
                quote = each;
                begun = true;
            } else if (each == '#') {
                break;
            } else if (each == ' ' || each == '\t') {
                if (begun) {
                    words.add(word.toString());
                }
                word.setLength(0);
                begun = false;
            } else {
                word.append(each);
                begun = true;
            }
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }
}
