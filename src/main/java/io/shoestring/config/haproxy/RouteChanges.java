package io.shoestring.config.haproxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What becomes of a request on its way to a backend: another path, and whether it waits less than
 * others. HAProxy has rules for that beside those that choose the backend, and we have keys of the
 * routes: each route gets others before it, for those of its requests that a rule is for.
 */
final class RouteChanges {
    private static final List<String> PATHS =
            List.of(
                    "http-request set-path",
                    "http-request replace-path",
                    "http-request replace-uri");
    private static final String PRIORITY = "http-request set-priority-class";

    private final Section frontend;
    private final boolean tls;
    private final Function<String, Optional<Section>> backends;
    private final Notes notes;

    /**
     * @param tls whether the clients of the listener speak TLS
     * @param backends HAProxy's sections, by our names
     */
    RouteChanges(
            Section frontend,
            boolean tls,
            Function<String, Optional<Section>> backends,
            Notes notes) {
        this.frontend = frontend;
        this.tls = tls;
        this.backends = backends;
        this.notes = notes;
    }

    static boolean knows(Directive each) {
        return each.is(PRIORITY) || isOfPath(each);
    }

    private static boolean isOfPath(Directive each) {
        return PATHS.stream().anyMatch(each::is);
    }

    /** Changes the routes of a listener, and what it does with all other requests. */
    void addTo(Map<String, Object> listener) {
        List<Map<String, Object>> routes = new ArrayList<>();
        if (listener.get("routes") instanceof List<?> known) {
            known.forEach(each -> routes.add(copy(each)));
        }
        boolean pathsOfFrontend = mayChangePaths(routes);
        List<Map<String, Object>> changed = new ArrayList<>();
        routes.forEach(route -> changed.addAll(changed(route, pathsOfFrontend)));
        if (listener.get("backend") instanceof String rest) {
            Map<String, Object> last = new LinkedHashMap<>(Map.of("backend", rest));
            changed(last, pathsOfFrontend).stream()
                    .filter(each -> !each.equals(last))
                    .forEach(changed::add);
        }
        if (!changed.isEmpty()) {
            listener.put("routes", changed);
        }
    }

    private static Map<String, Object> copy(Object route) {
        Map<String, Object> copy = new LinkedHashMap<>();
        if (route instanceof Map<?, ?> map) {
            map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        }
        return copy;
    }

    /** HAProxy's frontend chooses the backend by the path that it has changed, and we before. */
    private boolean mayChangePaths(List<Map<String, Object>> routes) {
        boolean look =
                routes.stream()
                        .anyMatch(it -> it.containsKey("path") || it.containsKey("path-matches"));
        if (look) {
            own(frontend)
                    .filter(RouteChanges::isOfPath)
                    .forEach(each -> notes.add(each, "routes look at the path of the client here"));
        }
        return !look;
    }

    private static Stream<Directive> own(Section section) {
        return section.isHttp() ? section.all().filter(RouteChanges::knows) : Stream.of();
    }

    private List<Map<String, Object>> changed(Map<String, Object> route, boolean pathsOfFrontend) {
        Optional<Section> backend =
                backends.apply(String.valueOf(route.get("backend")))
                        .filter(it -> !it.equals(frontend));
        List<Map<String, Object>> all = new ArrayList<>(List.of(route));
        all = withPriorities(all, frontend);
        if (backend.isPresent()) {
            all = withPriorities(all, backend.get());
        }
        boolean twice = false;
        if (pathsOfFrontend) {
            twice = own(frontend).anyMatch(RouteChanges::isOfPath);
            all = withPaths(all, frontend, false);
        }
        return backend.isPresent() ? withPaths(all, backend.get(), twice) : all;
    }

    // ------------------------------------------------------------------ paths

    private List<Map<String, Object>> withPaths(
            List<Map<String, Object>> routes, Section section, boolean twice) {
        List<Directive> rules = own(section).filter(RouteChanges::isOfPath).toList();
        List<Map<String, Object>> all = new ArrayList<>();
        for (Map<String, Object> route : routes) {
            for (int i = 0; i < rules.size() && !route.containsKey("rewrite"); i++) {
                if (i > 0 || twice) {
                    notes.add(rules.get(i), "of several, the first that fits is done here");
                }
                all.addAll(withPath(route, section, rules.get(i)));
            }
            if (!all.contains(route)) {
                all.add(route);
            }
        }
        return withoutUnreachable(all);
    }

    private List<Map<String, Object>> withPath(
            Map<String, Object> route, Section section, Directive rule) {
        Optional<PathChange> change = PathChange.of(rule);
        List<Map<String, Object>> found = new ArrayList<>();
        for (Map<String, Object> both : restricted(route, section, rule)) {
            Optional<Map<String, Object>> one = change.flatMap(it -> it.of(both));
            if (one.isEmpty()) {
                notes.add(rule, "no route here can change that path so");
            } else if (!one.get().isEmpty()) {
                found.add(one.get());
            }
        }
        return found;
    }

    // ------------------------------------------------------------------ priorities

    /** The last rule that fits holds, so it comes first here. */
    private List<Map<String, Object>> withPriorities(
            List<Map<String, Object>> routes, Section section) {
        List<Directive> rules = own(section).filter(each -> each.is(PRIORITY)).toList().reversed();
        List<Map<String, Object>> all = new ArrayList<>();
        for (Map<String, Object> route : routes) {
            for (Directive rule : rules) {
                Optional<Integer> priority = priority(rule);
                if (priority.isEmpty()) {
                    notes.add(rule, "only a number, int(…), can be told here");
                    continue;
                }
                for (Map<String, Object> both : restricted(route, section, rule)) {
                    both.put("priority", priority.get());
                    all.add(both);
                }
            }
            all.add(route);
        }
        return withoutUnreachable(all);
    }

    /** Who is of a lower class comes first there, and who has the higher priority here. */
    private static Optional<Integer> priority(Directive rule) {
        String text = rule.word(2).replaceAll("^int\\((-?[0-9]{1,5})\\)$", "$1");
        return text.matches("-?[0-9]{1,5}")
                ? Optional.of(Math.clamp(-Long.parseLong(text), -100, 100))
                : Optional.empty();
    }

    // ------------------------------------------------------------------ both

    /** The requests of a route that a rule is for. */
    private List<Map<String, Object>> restricted(
            Map<String, Object> route, Section section, Directive rule) {
        var alternatives = new Alternatives(section, new Acls(section), tls, notes);
        List<Map<String, Object>> all = new ArrayList<>();
        for (Map<String, Object> asked : alternatives.rules(rule, Alternatives.condition(rule))) {
            Optional<Map<String, Object>> both = both(route, asked);
            if (both.isEmpty()) {
                notes.add(rule, "its condition and that of a route cannot be told together");
            } else if (!both.get().isEmpty()) {
                all.add(both.get());
            }
        }
        return all;
    }

    /** Empty if it cannot be told; without keys if no request fits both. */
    private static Optional<Map<String, Object>> both(
            Map<String, Object> route, Map<String, Object> asked) {
        Map<String, Object> both = new LinkedHashMap<>(asked);
        for (Map.Entry<String, Object> each : route.entrySet()) {
            Object other = asked.get(each.getKey());
            if (other == null || other.equals(each.getValue())) {
                both.put(each.getKey(), each.getValue());
            } else if (each.getKey().equals("host")) {
                return Optional.of(Map.of());
            } else if (each.getKey().equals("path")) {
                Optional<String> path = narrower(each.getValue().toString(), other.toString());
                if (path.isEmpty()) {
                    return Optional.of(Map.of());
                }
                both.put("path", path.get());
            } else if (Set.of("headers", "cookies", "query").contains(each.getKey())
                    && each.getValue() instanceof List<?> one
                    && other instanceof List<?> another) {
                both.put(each.getKey(), Stream.concat(one.stream(), another.stream()).toList());
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(both);
    }

    private static Optional<String> narrower(String one, String other) {
        if (one.endsWith("/") && other.startsWith(one)) {
            return Optional.of(other);
        }
        return other.endsWith("/") && one.startsWith(other) ? Optional.of(one) : Optional.empty();
    }

    /** A route behind one that asks for the same is never reached. */
    private static List<Map<String, Object>> withoutUnreachable(List<Map<String, Object>> routes) {
        List<Map<String, Object>> asked = new ArrayList<>();
        List<Map<String, Object>> reached = new ArrayList<>();
        for (Map<String, Object> route : routes) {
            Map<String, Object> question = new LinkedHashMap<>(route);
            question.remove("rewrite");
            question.remove("priority");
            if (!asked.contains(question)) {
                asked.add(question);
                reached.add(route);
            }
        }
        return reached;
    }
}
