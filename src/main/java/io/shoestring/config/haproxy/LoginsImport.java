package io.shoestring.config.haproxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Who has to log in at a listener: {@code http-request auth} where nobody of a list of users has
 * logged in. HAProxy asks by each rule that fits and we by the first, so rules that ask for
 * different lists are only carried over where no request can fit both.
 */
final class LoginsImport {
    private static final String FILE = "users-file";

    /** What may not stand in a realm here. */
    private static final String NO_REALM = "[^ !#-\\[\\]-~]";

    private final String realm;
    private final Acls acls;
    private final Userlists users;
    private final Notes notes;
    private final List<Map<String, Object>> logins = new ArrayList<>();

    /**
     * @param realm where a rule says none, which is the listener's name in HAProxy
     */
    LoginsImport(String realm, Acls acls, Userlists users, Notes notes) {
        this.realm = realm;
        this.acls = acls;
        this.users = users;
        this.notes = notes;
    }

    /**
     * @param condition from {@code if} or {@code unless} on
     * @param rulesOf the rules for what an alternative asks besides; empty if they cannot be told
     */
    void rule(
            Directive each,
            List<String> condition,
            Function<List<Condition>, Optional<List<Map<String, Object>>>> rulesOf) {
        Optional<List<List<Condition>>> alternatives = acls.conditions(condition);
        if (alternatives.isEmpty()) {
            notes.add(each, "its condition cannot be told by the keys of a route");
            return;
        }
        List<Map<String, Object>> found = new ArrayList<>();
        for (List<Condition> alternative : alternatives.get()) {
            Optional<List<Map<String, Object>>> some =
                    fileOf(alternative)
                            .flatMap(file -> rulesOf.apply(besides(alternative)).map(with(file)));
            if (some.isEmpty()) {
                notes.add(each, "one list of users must be asked for, by what a route can ask");
                return;
            }
            found.addAll(some.get());
        }
        if (found.stream().anyMatch(this::alsoFitsAnother)) {
            notes.add(each, "a request that fits an earlier login is not asked for this one");
        } else {
            found.forEach(rule -> rule.put("realm", realm(each)));
            logins.addAll(found);
        }
    }

    void addTo(Map<String, Object> listener) {
        if (!logins.isEmpty()) {
            listener.put("logins", logins);
        }
    }

    private Optional<String> fileOf(List<Condition> alternative) {
        List<Condition> asked = alternative.stream().filter(LoginsImport::isOfUsers).toList();
        return asked.size() == 1 && asked.getFirst().values().size() == 1
                ? users.file(asked.getFirst().values().getFirst())
                : Optional.empty();
    }

    private static List<Condition> besides(List<Condition> alternative) {
        return alternative.stream().filter(each -> !isOfUsers(each)).toList();
    }

    private static boolean isOfUsers(Condition condition) {
        return condition.key().equals(Acls.NO_LOGIN);
    }

    private static Function<List<Map<String, Object>>, List<Map<String, Object>>> with(
            String file) {
        return rules ->
                rules.stream()
                        .map(
                                rule -> {
                                    Map<String, Object> more = new LinkedHashMap<>(rule);
                                    more.put(FILE, file);
                                    return more;
                                })
                        .toList();
    }

    private boolean alsoFitsAnother(Map<String, Object> rule) {
        return logins.stream()
                .anyMatch(
                        other ->
                                !Objects.equals(other.get(FILE), rule.get(FILE))
                                        && !areApart(other, rule));
    }

    /** Whether no request fits both, as far as that is plain. */
    private static boolean areApart(Map<String, Object> one, Map<String, Object> other) {
        return one.get("path") instanceof String path
                && other.get("path") instanceof String another
                && !covers(path, another)
                && !covers(another, path);
    }

    private static boolean covers(String path, String other) {
        return path.equals(other) || (path.endsWith("/") && other.startsWith(path));
    }

    private String realm(Directive each) {
        int at = each.words().indexOf("realm");
        String text = (at == 2 ? each.word(3) : realm).replaceAll(NO_REALM, "");
        return text.isEmpty() ? "restricted" : text.substring(0, Math.min(64, text.length()));
    }
}
