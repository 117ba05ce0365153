package io.shoestring.database.postgresql;

import io.shoestring.model.MemberName;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The setting {@code synchronous_standby_names}: for whom a commit waits. */
final class SynchronousNames {
    private static final Pattern METHOD =
            Pattern.compile("^\\s*(?:(?:FIRST|ANY)\\s+)?\\d+\\s*\\((.*)\\)\\s*$", flags());
    private static final Pattern NAME = Pattern.compile("\"((?:[^\"]|\"\")*)\"|([^\\s,\"()]+)");

    private SynchronousNames() {}

    private static int flags() {
        return Pattern.CASE_INSENSITIVE | Pattern.DOTALL;
    }

    /** A commit waits for one of {@code names}; for nobody if there are none. */
    static String render(Collection<MemberName> names) {
        if (names.isEmpty()) {
            return "";
        }
        String list =
                names.stream()
                        .sorted()
                        .map(name -> '"' + name.value().replace("\"", "\"\"") + '"')
                        .collect(Collectors.joining(","));
        return (names.size() == 1 ? "FIRST 1 (" : "ANY 1 (") + list + ")";
    }

    /** The names in a setting of whatever form PostgreSQL allows. */
    static Set<MemberName> parse(String setting) {
        Matcher method = METHOD.matcher(setting);
        Matcher name = NAME.matcher(method.matches() ? method.group(1) : setting);
        Set<MemberName> names = new LinkedHashSet<>();
        while (name.find()) {
            String quoted = name.group(1);
            names.add(
                    new MemberName(quoted == null ? name.group(2) : quoted.replace("\"\"", "\"")));
        }
        return names;
    }
}
