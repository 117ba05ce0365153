package io.shoestring.config.haproxy;

import io.shoestring.config.RouteConfig.Action.ToBackend;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Another path for the server, as a line of HAProxy's says it ({@code set-path} and the like). */
sealed interface PathChange {
    /**
     * A route that does it for the requests of another one; empty if that cannot be told, and no
     * keys at all if no request of that route is changed.
     */
    Optional<Map<String, Object>> of(Map<String, Object> route);

    /** The beginning of the path is another one. */
    record Prefix(String from, String to) implements PathChange {
        @Override
        public Optional<Map<String, Object>> of(Map<String, Object> route) {
            if (route.containsKey("path-matches")) {
                return Optional.empty();
            }
            String path = String.valueOf(route.getOrDefault("path", "/"));
            if (path.startsWith(from)) {
                return Optional.of(with(route, "path", path, to + path.substring(from.length())));
            }
            boolean above = path.endsWith("/") && from.startsWith(path);
            return Optional.of(above ? with(route, "path", from, to) : Map.of());
        }
    }

    /** What fits the expression is asked for as the template says, which begins with a slash. */
    record Whole(String matches, String template) implements PathChange {
        @Override
        public Optional<Map<String, Object>> of(Map<String, Object> route) {
            return route.containsKey("path") || route.containsKey("path-matches")
                    ? Optional.empty()
                    : Optional.of(with(route, "path-matches", matches, template));
        }
    }

    /** Every request is for the same path. */
    record Always(String path) implements PathChange {
        @Override
        public Optional<Map<String, Object>> of(Map<String, Object> route) {
            if (route.containsKey("path-matches")) {
                return Optional.empty();
            }
            String asked = String.valueOf(route.getOrDefault("path", "/"));
            if (!asked.endsWith("/")) {
                return Optional.of(with(route, "path", asked, path));
            }
            Map<String, Object> rest = new LinkedHashMap<>(route);
            rest.remove("path");
            return Optional.of(with(rest, "path-matches", "^" + Pattern.quote(asked), path));
        }
    }

    private static Map<String, Object> with(
            Map<String, Object> route, String key, String value, String rewrite) {
        Map<String, Object> changed = new LinkedHashMap<>(route);
        changed.put(key, value);
        changed.put("rewrite", rewrite);
        return changed;
    }

    /** What the line does; empty if no route of ours can do it. */
    static Optional<PathChange> of(Directive each) {
        return switch (each.word(1)) {
            case "replace-path", "replace-uri" -> replaced(each.word(2), each.word(3));
            case "set-path" -> set(each.word(2));
            default -> Optional.empty();
        };
    }

    private static Optional<PathChange> replaced(String expression, String format) {
        String to = format.endsWith("\\1") ? format.substring(0, format.length() - 2) : "";
        Matcher literal = Forms.PREFIX.matcher(expression);
        if (literal.matches() && format.endsWith("\\1") && !to.contains("\\")) {
            String from = literal.group(1).replace("\\", "");
            if (literal.group(2).startsWith("/")) {
                return prefix(from + "/", to + "/");
            }
            if (from.endsWith("/") || to.isEmpty()) {
                return prefix(from, to);
            }
        }
        String template = format.replaceAll("\\\\([1-9])", "\\$$1");
        boolean plain = !template.contains("\\") && !format.contains("$");
        return plain && isPath(template) && isExpression(expression)
                ? Optional.of(new Whole(expression, template))
                : Optional.empty();
    }

    /** Ours ends where a part of a path does. */
    private static Optional<PathChange> prefix(String from, String to) {
        String whole = from.endsWith("/") ? from : from + "/";
        String other = to.endsWith("/") ? to : to + "/";
        return isPath(whole) && isPath(other)
                ? Optional.of(new Prefix(whole, other))
                : Optional.empty();
    }

    private static Optional<PathChange> set(String format) {
        Matcher cut = Forms.CUT.matcher(format);
        if (cut.matches()) {
            return prefix(cut.group(1), cut.group(2));
        }
        if (format.endsWith("%[path]")) {
            String before = format.substring(0, format.length() - "%[path]".length());
            return before.contains("%") ? Optional.empty() : prefix("/", before + "/");
        }
        return !format.contains("%") && isPath(format)
                ? Optional.of(new Always(format))
                : Optional.empty();
    }

    private static boolean isPath(String text) {
        return text.matches(ToBackend.REWRITE);
    }

    private static boolean isExpression(String text) {
        try {
            Pattern.compile(text);
            return !text.isEmpty();
        } catch (PatternSyntaxException e) {
            return false;
        }
    }

    /** How lines are written that only change the beginning of the path. */
    final class Forms {
        static final Pattern PREFIX =
                Pattern.compile("\\^((?:/(?:[A-Za-z0-9_~-]|\\\\\\.)*)+)\\((/?)\\.\\*\\)\\??\\$?");
        static final Pattern CUT =
                Pattern.compile(
                        "%\\[path,regsub\\(\\^(/[A-Za-z0-9/_~-]*),(/?[A-Za-z0-9/_~-]*)\\)]");

        private Forms() {}
    }
}
