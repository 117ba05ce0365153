package io.shoestring.admin;

import java.util.Optional;

/**
 * Who asked for something and why: whoever logged in, else {@code who} in the request's query, and
 * {@code reason} there. Whoever has the token of the node may say what he likes, so the address is
 * always told, too.
 */
final class Asked {
    private static final int WHO_MAX = 64;
    private static final int REASON_MAX = 300;

    private Asked() {}

    /**
     * Makes sure that it can be told.
     *
     * @throws Refusal 400 if it is too long, or has a line's end in it
     */
    static void check(Request request) throws Refusal {
        check(request, "who", WHO_MAX);
        check(request, "reason", REASON_MAX);
    }

    private static void check(Request request, String name, int max) throws Refusal {
        String text = request.parameter(name).orElse("");
        if (text.length() > max || text.chars().anyMatch(Character::isISOControl)) {
            throw Refusal.badRequest(
                    "'%s' has more than %d characters, or some that cannot be printed."
                            .formatted(name, max));
        }
    }

    /** What stands in the events. */
    static String sentence(Call call, String verb, String what) {
        String why = text(call.request(), "reason").map(reason -> " (" + reason + ")").orElse("");
        return "%s asked for '%s' of %s%s.".formatted(call.who(), verb, what, why);
    }

    private static Optional<String> text(Request request, String name) {
        return request.parameter(name).map(String::strip).filter(text -> !text.isEmpty());
    }
}
