package io.shoestring.config.haproxy;

import java.util.Locale;
import java.util.Set;

/** HAProxy's names as ours are written. */
final class Names {
    private static final int LONGEST = 60;

    private Names() {}

    static String of(String name) {
        String plain =
                name.toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9_-]", "-")
                        .replaceAll("^[_-]+", "");
        String some = plain.isEmpty() ? "unnamed" : plain;
        return some.length() > LONGEST ? some.substring(0, LONGEST) : some;
    }

    static String unique(String name, Set<String> taken) {
        String plain = of(name);
        String free = plain;
        for (int i = 2; taken.contains(free); i++) {
            free = plain + "-" + i;
        }
        return free;
    }
}
