package io.shoestring.config.haproxy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A section of HAProxy's configuration.
 *
 * @param head its first line: kind and name
 * @param defaults the directives of the {@code defaults} that hold for it
 * @param own its own directives
 */
record Section(Directive head, List<Directive> defaults, List<Directive> own) {
    Section {
        defaults = List.copyOf(defaults);
        own = List.copyOf(own);
    }

    String kind() {
        return head.word(0);
    }

    String name() {
        return head.word(1);
    }

    /** Its own, and before them those that hold by default. */
    Stream<Directive> all() {
        return Stream.concat(defaults.stream(), own.stream());
    }

    /** The last directive that begins with these words. */
    Optional<Directive> last(String start) {
        return all().filter(each -> each.is(start)).reduce((_, later) -> later);
    }

    /** Whether an option is switched on, and not off again. */
    boolean has(String option) {
        boolean on = false;
        for (Directive each : all().toList()) {
            on = each.is("option " + option) || (on && !each.is("no option " + option));
        }
        return on;
    }

    boolean isHttp() {
        return last("mode").map(mode -> mode.word(1).equals("http")).orElse(false);
    }
}
