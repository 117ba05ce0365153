package io.shoestring.config.haproxy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The ACLs of a section, and the conditions that are made of them (HAProxy's manual, chapter 7).
 */
final class Acls {
    /** The key of a condition that nobody of a list of users has logged in. */
    static final String NO_LOGIN = "no-login";

    /** That somebody of a list of users has logged in, which no rule of ours can ask for. */
    static final String LOGIN = "login";

    private static final Pattern CRITERION = Pattern.compile("([a-z0-9_.]+)(?:\\(([^,)]*).*\\))?");

    /** Each name may have several lines, of which one must fit. */
    private final Map<String, List<List<String>>> expressions = new HashMap<>();

    Acls(Section section) {
        expressions.put("HTTP", List.of());
        expressions.put("METH_GET", List.of(List.of("method", "GET", "HEAD")));
        expressions.put("METH_POST", List.of(List.of("method", "POST")));
        section.all()
                .filter(each -> each.is("acl"))
                .forEach(
                        each ->
                                expressions
                                        .computeIfAbsent(each.word(1), _ -> new ArrayList<>())
                                        .add(each.from(2)));
    }

    /**
     * The alternatives of {@code if …} or {@code unless …}, each of conditions that must all fit.
     * Empty if they cannot be told by the keys of a route.
     *
     * @param words from {@code if} on; none: always
     */
    Optional<List<List<Condition>>> conditions(List<String> words) {
        if (words.isEmpty()) {
            return Optional.of(List.of(List.of()));
        }
        boolean unless = words.getFirst().equals("unless");
        List<List<Condition>> alternatives = new ArrayList<>();
        List<Condition> current = new ArrayList<>();
        boolean negated = unless;
        int terms = 0;
        for (int i = 1; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("or") || word.equals("||")) {
                alternatives.add(current);
                current = new ArrayList<>();
                continue;
            }
            boolean not = word.startsWith("!");
            String name = not ? word.substring(1) : word;
            if (not && name.isEmpty()) {
                negated = !negated;
                continue;
            }
            List<List<String>> meant;
            if (name.equals("{")) {
                int end = i + words.subList(i, words.size()).indexOf("}");
                if (end < i) {
                    return Optional.empty();
                }
                meant = List.of(words.subList(i + 1, end));
                i = end;
            } else if (expressions.containsKey(name)) {
                meant = expressions.get(name);
            } else {
                return Optional.empty();
            }
            Optional<Condition> condition = condition(meant, not != negated);
            if (condition.isEmpty() || (unless && ++terms > 1)) {
                return Optional.empty();
            }
            current.add(condition.get());
            negated = unless;
        }
        alternatives.add(current);
        return Optional.of(alternatives);
    }

    /** All lines of one ACL; they must look at the same. */
    private static Optional<Condition> condition(List<List<String>> lines, boolean negated) {
        List<Condition> all = new ArrayList<>();
        for (List<String> line : lines) {
            Optional<Condition> one = condition(line);
            if (one.isEmpty()
                    || !one.get()
                            .key()
                            .equals(all.isEmpty() ? one.get().key() : all.getFirst().key())) {
                return Optional.empty();
            }
            all.add(one.get());
        }
        if (all.isEmpty()) {
            return Optional.empty();
        }
        String key = all.getFirst().key();
        List<String> values = all.stream().flatMap(each -> each.values().stream()).toList();
        if (!negated) {
            return Optional.of(new Condition(key, values));
        }
        return switch (key) {
            case "from" -> Optional.of(new Condition("not-from", values));
            case "tls" -> Optional.of(new Condition("tls", List.of("no")));
            case LOGIN -> Optional.of(new Condition(NO_LOGIN, values));
            default -> Optional.empty();
        };
    }

    private static Optional<Condition> condition(List<String> words) {
        Matcher criterion = CRITERION.matcher(words.isEmpty() ? "" : words.getFirst());
        if (!criterion.matches()) {
            return Optional.empty();
        }
        String how = "";
        boolean anyCase = false;
        List<String> values = new ArrayList<>();
        for (int i = 1; i < words.size(); i++) {
            String word = words.get(i);
            switch (values.isEmpty() ? word : "") {
                case "-i" -> anyCase = true;
                case "-m" -> how = words.get(Math.min(++i, words.size() - 1));
                case "--" -> {}
                case "-f", "-M", "-n", "-u" -> {
                    return Optional.empty();
                }
                default -> values.add(word);
            }
        }
        String argument = criterion.group(2) == null ? "" : criterion.group(2);
        return condition(criterion.group(1), argument, how, anyCase, values);
    }

    private static Optional<Condition> condition(
            String name, String argument, String how, boolean anyCase, List<String> values) {
        String plain = name.replaceFirst("^req\\.", "").replaceFirst("^req_ssl_sni", "ssl_sni");
        if (plain.startsWith("path") || plain.startsWith("url")) {
            if (plain.startsWith("urlp") || plain.equals("url_param")) {
                return pairs("query", argument, values);
            }
            String way = how.isEmpty() ? plain.replaceFirst("^(path|url)_?", "") : how;
            return path(way, anyCase, values);
        }
        return switch (plain) {
            case "hdr", "fhdr" ->
                    argument.equalsIgnoreCase("host")
                            ? hosts(how, values)
                            : headers(argument, how, values);
            case "ssl_sni" -> names("server-name", how, values);
            case "ssl_sni_end" -> names("server-name", "end", values);
            case "src" -> some("from", values);
            case "method" -> some("methods", values);
            case "ssl_fc" -> Optional.of(new Condition("tls", List.of("yes")));
            case "http_auth" -> some(LOGIN, argument.isEmpty() ? List.of() : List.of(argument));
            case "cook" -> pairs("cookies", argument, values);
            default -> Optional.empty();
        };
    }

    private static Optional<Condition> some(String key, List<String> values) {
        return values.isEmpty() ? Optional.empty() : Optional.of(new Condition(key, values));
    }

    private static Optional<Condition> hosts(String how, List<String> values) {
        boolean whole = how.isEmpty() || how.equals("str");
        return whole
                ? some(
                        "host",
                        values.stream()
                                .map(
                                        each ->
                                                each.toLowerCase(Locale.ROOT)
                                                        .replaceAll(":[0-9]+$", ""))
                                .toList())
                : Optional.empty();
    }

    private static Optional<Condition> names(String key, String how, List<String> values) {
        if (how.isEmpty() || how.equals("str")) {
            return some(key, values);
        }
        boolean below = how.equals("end") && values.stream().allMatch(it -> it.startsWith("."));
        return below ? some(key, values.stream().map(it -> "*" + it).toList()) : Optional.empty();
    }

    private static Optional<Condition> headers(String name, String how, List<String> values) {
        if (how.equals("found") || (values.isEmpty() && how.isEmpty())) {
            return Optional.of(new Condition("headers", List.of(name)));
        }
        return how.isEmpty() || how.equals("str")
                ? some("headers", values.stream().map(each -> name + ": " + each).toList())
                : Optional.empty();
    }

    private static Optional<Condition> pairs(String key, String name, List<String> values) {
        return values.isEmpty()
                ? Optional.of(new Condition(key, List.of(name)))
                : some(key, values.stream().map(each -> name + "=" + each).toList());
    }

    private static Optional<Condition> path(String way, boolean anyCase, List<String> values) {
        if (values.isEmpty()) {
            return Optional.empty();
        }
        String only = values.getFirst();
        boolean exact = way.isEmpty() || way.equals("str");
        boolean simple = values.size() == 1 && !anyCase && only.startsWith("/");
        if (simple && (exact ? !only.endsWith("/") : way.equals("beg") && only.endsWith("/"))) {
            return Optional.of(new Condition("path", values));
        }
        List<String> patterns = new ArrayList<>();
        for (String value : values) {
            String literal = Pattern.quote(value);
            switch (way) {
                case "", "str" -> patterns.add("^" + literal + "$");
                case "beg" -> patterns.add("^" + literal);
                case "end" -> patterns.add(literal + "$");
                case "sub" -> patterns.add(literal);
                case "reg" -> patterns.add(value);
                case "dir" -> patterns.add("(^|/)" + literal + "(/|$)");
                default -> {
                    return Optional.empty();
                }
            }
        }
        String all = patterns.stream().collect(Collectors.joining("|"));
        return Optional.of(new Condition("path-matches", List.of(anyCase ? "(?i)" + all : all)));
    }
}
