package io.shoestring.config.haproxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Conditions of a section in the keys of our routes: what must be so at one listener. */
final class Alternatives {
    private static final int MOST_COMBINATIONS = 50;
    private static final Set<String> ONE_VALUE =
            Set.of("host", "path", "path-matches", "server-name");
    private static final Set<String> ANY_OF = Set.of("methods", "from", "not-from");

    private final Section section;
    private final Acls acls;
    private final boolean tls;
    private final Notes notes;

    /**
     * @param tls whether the clients of the listener speak TLS
     */
    Alternatives(Section section, Acls acls, boolean tls, Notes notes) {
        this.section = section;
        this.acls = acls;
        this.tls = tls;
        this.notes = notes;
    }

    /** The words of a line from {@code if} or {@code unless} on; none: always. */
    static List<String> condition(Directive each) {
        int start = Math.max(each.words().indexOf("if"), each.words().indexOf("unless"));
        return start < 0 ? List.of() : each.from(start);
    }

    /** One rule for each alternative of the condition that can be true at this listener. */
    List<Map<String, Object>> rules(Directive each, List<String> condition) {
        Optional<List<List<Condition>>> found = acls.conditions(condition);
        if (found.isEmpty()) {
            notes.add(each, "its condition cannot be told by the keys of a route");
            return List.of();
        }
        List<Map<String, Object>> rules = new ArrayList<>();
        for (List<Condition> alternative : found.get()) {
            Optional<List<Map<String, Object>>> some = rules(alternative);
            if (some.isEmpty() || some.get().size() > MOST_COMBINATIONS) {
                notes.add(each, "its condition cannot be told by the keys of a route");
            } else {
                rules.addAll(some.get());
            }
        }
        return rules;
    }

    /** Empty if they contradict what a route can ask for; without rules if they are never true. */
    Optional<List<Map<String, Object>>> rules(List<Condition> all) {
        List<Map<String, Object>> rules = new ArrayList<>();
        rules.add(new LinkedHashMap<>());
        for (Condition each : all) {
            if (each.key().equals(Acls.LOGIN) || each.key().equals(Acls.NO_LOGIN)) {
                return Optional.empty();
            }
            boolean ofTcp = each.key().equals("server-name") || each.key().equals("tls");
            if (!section.isHttp() && !ofTcp) {
                return Optional.empty();
            }
            if (each.key().equals("tls")) {
                if (each.values().contains("yes") != tls) {
                    return Optional.of(List.of());
                }
                continue;
            }
            if (rules.stream().anyMatch(rule -> clashes(rule, each.key()))) {
                return Optional.empty();
            }
            rules = extended(rules, each);
        }
        boolean named =
                section.isHttp() || rules.stream().allMatch(it -> it.containsKey("server-name"));
        return named ? Optional.of(rules) : Optional.empty();
    }

    private static boolean clashes(Map<String, Object> rule, String key) {
        return rule.containsKey(key) && (ONE_VALUE.contains(key) || ANY_OF.contains(key));
    }

    private static List<Map<String, Object>> extended(
            List<Map<String, Object>> rules, Condition condition) {
        List<Map<String, Object>> more = new ArrayList<>();
        for (Map<String, Object> rule : rules) {
            if (ANY_OF.contains(condition.key())) {
                more.add(with(rule, condition.key(), condition.values()));
                continue;
            }
            for (String value : condition.values()) {
                boolean one = ONE_VALUE.contains(condition.key());
                more.add(with(rule, condition.key(), one ? value : List.of(value)));
            }
        }
        return more;
    }

    private static Map<String, Object> with(Map<String, Object> rule, String key, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(rule);
        if (more.get(key) instanceof List<?> before && value instanceof List<?> list) {
            List<Object> both = new ArrayList<>(before);
            both.addAll(list);
            more.put(key, both);
        } else {
            more.put(key, value);
        }
        return more;
    }
}
