package io.shoestring.config.haproxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The rules of a listener: where requests go, which are refused or redirected, and its headers. */
final class RulesImport {
    private static final Set<String> STATUSES = Set.of("301", "302", "303", "307", "308");

    private final Section section;
    private final Acls acls;
    private final Alternatives alternatives;
    private final LimitsImport limits;
    private final LoginsImport logins;
    private final UnaryOperator<String> backendOf;
    private final Notes notes;
    private final List<Map<String, Object>> routes = new ArrayList<>();
    private final List<Map<String, Object>> refusals = new ArrayList<>();
    private final List<Map<String, Object>> redirects = new ArrayList<>();
    private final List<String> welcome = new ArrayList<>();
    private final List<String> unwelcome = new ArrayList<>();
    private final Headers requests = new Headers();
    private final Headers responses = new Headers();

    /** What is done with the headers of messages of one direction. */
    private static final class Headers {
        private final Map<String, Object> set = new LinkedHashMap<>();
        private final List<String> add = new ArrayList<>();
        private final List<String> remove = new ArrayList<>();

        void addTo(Map<String, Object> listener, String key) {
            Map<String, Object> all = new LinkedHashMap<>();
            if (!set.isEmpty()) {
                all.put(
                        "set",
                        set.entrySet().stream()
                                .map(it -> it.getKey() + ": " + it.getValue())
                                .toList());
            }
            if (!add.isEmpty()) {
                all.put("add", List.copyOf(add));
            }
            if (!remove.isEmpty()) {
                all.put("remove", List.copyOf(remove));
            }
            if (!all.isEmpty()) {
                listener.put(key, all);
            }
        }
    }

    /**
     * @param tls whether the clients of the listener speak TLS
     * @param limits which has some of the rules
     * @param users who can log in
     */
    RulesImport(
            Section section,
            Acls acls,
            boolean tls,
            LimitsImport limits,
            Userlists users,
            UnaryOperator<String> backendOf,
            Notes notes) {
        this.limits = limits;
        this.section = section;
        this.acls = acls;
        this.alternatives = new Alternatives(section, acls, tls, notes);
        this.backendOf = backendOf;
        this.notes = notes;
        this.logins = new LoginsImport(section.name(), acls, users, notes);
    }

    void addTo(Map<String, Object> listener) {
        section.all().filter(each -> !limits.has(each)).forEach(this::rule);
        if (!welcome.isEmpty()) {
            listener.put("from", welcome);
        }
        if (!unwelcome.isEmpty()) {
            listener.put("not-from", unwelcome);
        }
        put(listener, "refusals", refusals);
        logins.addTo(listener);
        put(listener, "redirects", redirects);
        put(listener, "routes", routes);
        requests.addTo(listener, "request-headers");
        responses.addTo(listener, "response-headers");
    }

    private static void put(
            Map<String, Object> listener, String key, List<Map<String, Object>> rules) {
        if (!rules.isEmpty()) {
            listener.put(key, rules);
        }
    }

    private void rule(Directive each) {
        boolean http = section.isHttp();
        if (each.is("use_backend")) {
            route(each);
        } else if (!http && (each.is("http-request") || each.is("http-response"))) {
            notes.add(each, "it is for HTTP only");
        } else if (each.is("tcp-request") && each.word(2).equals("reject")) {
            reject(each);
        } else if (each.is("redirect")) {
            redirect(each, 1);
        } else if (each.is("http-request redirect")) {
            redirect(each, 2);
        } else if (each.is("http-request deny") || each.is("block")) {
            deny(each);
        } else if (each.is("http-request auth")) {
            logins.rule(each, Alternatives.condition(each), alternatives::rules);
        } else if (each.is("http-request") && !RouteChanges.knows(each)) {
            header(each, requests);
        } else if (each.is("http-response")) {
            header(each, responses);
        }
    }

    /** Whose connections are not taken: by their addresses, which is all that is known then. */
    private void reject(Directive each) {
        List<List<Condition>> asked = acls.conditions(each.from(3)).orElse(List.of());
        boolean told =
                !asked.isEmpty()
                        && asked.stream()
                                .allMatch(all -> all.size() == 1 && isOfAddresses(all.getFirst()));
        for (List<Condition> all : told ? asked : List.<List<Condition>>of()) {
            Condition condition = all.getFirst();
            if (condition.key().equals("from")) {
                unwelcome.addAll(condition.values());
            } else if (welcome.isEmpty()) {
                welcome.addAll(condition.values());
            } else {
                told = false;
            }
        }
        if (!told) {
            notes.add(each, "connections are only refused by one list of addresses here");
        }
    }

    private static boolean isOfAddresses(Condition condition) {
        return condition.key().equals("from") || condition.key().equals("not-from");
    }

    private void route(Directive each) {
        String backend = backendOf.apply(each.word(1));
        if (backend.isEmpty()) {
            notes.add(each, "that backend was not carried over");
            return;
        }
        for (Map<String, Object> rule : alternatives.rules(each, each.from(2))) {
            rule.put("backend", backend);
            routes.add(rule);
        }
    }

    private void deny(Directive each) {
        int status = each.words().indexOf("deny_status");
        for (Map<String, Object> rule : alternatives.rules(each, Alternatives.condition(each))) {
            if (rule.isEmpty()) {
                notes.add(each, "everything would be refused");
                continue;
            }
            if (status > 0 && each.word(status + 1).matches("[45][0-9]{2}")) {
                rule.put("status", each.word(status + 1));
            }
            refusals.add(rule);
        }
    }

    private void redirect(Directive each, int at) {
        String to = each.word(at + 1);
        int code = each.words().indexOf("code");
        String target =
                switch (each.word(at)) {
                    case "scheme" -> to + "://{host}{target}";
                    case "prefix" -> to + "{target}";
                    case "location" -> to;
                    default -> "";
                };
        if (target.isEmpty() || to.contains("%")) {
            notes.add(each, "that target cannot be told here");
            return;
        }
        for (Map<String, Object> rule : alternatives.rules(each, Alternatives.condition(each))) {
            rule.put("to", target);
            rule.put(
                    "status",
                    code > 0 && STATUSES.contains(each.word(code + 1))
                            ? each.word(code + 1)
                            : "302");
            redirects.add(rule);
        }
    }

    private void header(Directive each, Headers headers) {
        String name = each.word(2);
        String value = each.word(3);
        boolean always = Alternatives.condition(each).isEmpty();
        boolean plain = !value.contains("%[") && !value.matches(".*%[a-zA-Z+{].*");
        if (name.equalsIgnoreCase("X-Forwarded-Proto") && section.has("forwardfor")) {
            notes.add(each, "it says here how the client reached this listener");
            return;
        }
        if (each.word(1).equals("set-header") && always && plain) {
            headers.set.put(name, value);
        } else if (each.word(1).equals("add-header") && always && plain) {
            headers.add.add(name + ": " + value);
        } else if (each.word(1).equals("del-header") && always) {
            headers.remove.add(name);
        } else {
            notes.add(each, "such a rule has no counterpart here");
        }
    }
}
