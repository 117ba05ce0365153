package io.shoestring.config.haproxy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How often a client may come: in HAProxy a table of addresses that is kept by {@code stick-table},
 * filled by {@code track-sc}, and asked by the rules that refuse. Known is what looks at one figure
 * of the client's address.
 */
final class LimitsImport {
    private static final Pattern FIGURE =
            Pattern.compile(
                    "(?:sc(?:[0-9]_)?_?|src_)(http_req_rate|conn_rate|conn_cur)(?:\\([^)]*\\))?");
    private static final Pattern STORED = Pattern.compile("(http_req_rate|conn_rate)\\(([^)]+)\\)");
    private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,5}");

    private final Section section;
    private final Notes notes;
    private final Map<String, String> periods = new LinkedHashMap<>();
    private final Set<Directive> taken = new HashSet<>();
    private final List<Map<String, Object>> requests = new ArrayList<>();
    private final Map<String, Object> connections = new LinkedHashMap<>();

    /** What a condition asks: whether a figure is beyond a number. */
    private record Question(String figure, int most) {}

    LimitsImport(Section section, Notes notes) {
        this.section = section;
        this.notes = notes;
        if (countsAddresses()) {
            section.own().stream().filter(LimitsImport::isTable).findFirst().ifPresent(this::read);
        }
    }

    /** A table of anything else must not become a limit for addresses. */
    private boolean countsAddresses() {
        List<Directive> tracking =
                section.own().stream()
                        .filter(each -> each.toString().contains("track-sc"))
                        .toList();
        return !tracking.isEmpty() && tracking.stream().allMatch(LimitsImport::tracksAddress);
    }

    private static boolean isTable(Directive each) {
        int type = each.words().indexOf("type");
        return each.is("stick-table")
                && type > 0
                && Set.of("ip", "ipv6").contains(each.word(type + 1));
    }

    private void read(Directive table) {
        Matcher stored = STORED.matcher(table.toString());
        while (stored.find()) {
            Times.of(stored.group(2)).ifPresent(it -> periods.put(stored.group(1), it));
        }
        section.own().stream()
                .filter(each -> isRefusal(each) && question(each).isPresent())
                .forEach(each -> limit(each, question(each).get()));
        if (!taken.isEmpty()) {
            taken.add(table);
            section.own().stream().filter(LimitsImport::tracksAddress).forEach(taken::add);
            section.own().stream()
                    .filter(each -> each.is("acl") && question(each.from(2)).isPresent())
                    .forEach(taken::add);
        }
    }

    private static boolean isRefusal(Directive each) {
        return each.is("http-request deny")
                || each.is("http-request reject")
                || (each.is("tcp-request") && each.word(2).equals("reject"));
    }

    private static boolean tracksAddress(Directive each) {
        int at = each.is("tcp-request") ? 2 : 1;
        return (each.is("tcp-request") || each.is("http-request"))
                && each.word(at).matches("track-sc[0-9]")
                && each.from(at + 1).equals(List.of("src"));
    }

    private Optional<Question> question(Directive rule) {
        int at = rule.words().indexOf("if");
        List<String> words = at < 0 ? List.of() : rule.from(at + 1);
        if (words.size() > 2 && words.getFirst().equals("{") && words.getLast().equals("}")) {
            return question(words.subList(1, words.size() - 1));
        }
        List<Directive> named =
                section.own().stream()
                        .filter(each -> each.is("acl") && words.equals(List.of(each.word(1))))
                        .toList();
        return named.size() == 1 ? question(named.getFirst().from(2)) : Optional.empty();
    }

    private static Optional<Question> question(List<String> words) {
        if (words.size() != 3 || !COUNT.matcher(words.get(2)).matches()) {
            return Optional.empty();
        }
        Matcher figure = FIGURE.matcher(words.getFirst());
        int most = Integer.parseInt(words.get(2));
        if (!figure.matches()) {
            return Optional.empty();
        }
        return switch (words.get(1)) {
            case "gt" -> Optional.of(new Question(figure.group(1), most));
            case "ge" ->
                    Optional.of(new Question(figure.group(1), most - 1))
                            .filter(it -> it.most() > 0);
            default -> Optional.empty();
        };
    }

    private void limit(Directive rule, Question asked) {
        Optional<String> period = Optional.ofNullable(periods.get(asked.figure()));
        boolean known =
                switch (asked.figure()) {
                    case "http_req_rate" -> section.isHttp() && period.isPresent();
                    case "conn_rate" -> period.isPresent() && !connections.containsKey("per");
                    default -> !connections.containsKey("max-connections");
                };
        if (!known) {
            return;
        }
        taken.add(rule);
        switch (asked.figure()) {
            case "http_req_rate" -> requests(rule, asked.most(), period.orElseThrow());
            case "conn_rate" -> {
                connections.put("connections", "" + asked.most());
                connections.put("per", period.orElseThrow());
            }
            default -> connections.put("max-connections", "" + asked.most());
        }
    }

    private void requests(Directive rule, int most, String period) {
        Map<String, Object> limit = new LinkedHashMap<>();
        limit.put("requests", "" + most);
        limit.put("per", period);
        requests.add(limit);
        int status = rule.words().indexOf("deny_status");
        if (status > 0 && !rule.word(status + 1).equals("429")) {
            notes.add(rule, "who asks too often is answered with 429 here");
        }
    }

    /** Whether it is told by what {@link #addTo} adds. */
    boolean has(Directive each) {
        return taken.contains(each);
    }

    void addTo(Map<String, Object> listener) {
        if (!requests.isEmpty()) {
            listener.put("limits", List.copyOf(requests));
        }
        if (!connections.isEmpty()) {
            listener.put("per-source", new LinkedHashMap<>(connections));
        }
    }
}
