package io.shoestring.sandbox.bench;

import java.util.OptionalDouble;

/**
 * What a work measures instead of requests: the median of the rounds.
 *
 * @param what for people
 * @param unit of both figures
 * @param ours Shoestring's; less is better
 * @param theirs the peer's; empty if there is none
 */
record Special(String what, String unit, OptionalDouble ours, OptionalDouble theirs) {
    /** For people. */
    String sentence() {
        return "%s %s beside %s".formatted(what, text(ours), text(theirs));
    }

    private String text(OptionalDouble figure) {
        return figure.isPresent()
                ? (figure.getAsDouble() < 10 ? "%.1f %s" : "%,.0f %s")
                        .formatted(figure.getAsDouble(), unit)
                : "nothing";
    }
}
