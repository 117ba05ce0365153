package io.shoestring.sandbox.fault;

import static java.util.Objects.requireNonNull;

import io.shoestring.sandbox.SandboxException;

import java.util.OptionalInt;

/**
 * A fault, and what is promised of it.
 *
 * @param name for the command line
 * @param what is broken, for people; a clause
 * @param writerBackSecondsMax how long no write may be acknowledged at most
 * @param fenceSecondsMax within this time the old primary refuses writes; empty if it need not
 * @param lastsSeconds how long the fault lasts at least before it is mended
 * @param takenOver whether the other member has to take over
 * @param harm does it
 */
public record Scenario(
        String name,
        String what,
        int writerBackSecondsMax,
        OptionalInt fenceSecondsMax,
        int lastsSeconds,
        boolean takenOver,
        Harm harm) {
    /** How it is broken. */
    @FunctionalInterface
    public interface Harm {
        /** Makes ready what is needed for it; nobody notices. */
        default void prepare(Stage stage) throws SandboxException, InterruptedException {}

        /**
         * Breaks something, and returns at once.
         *
         * @param primary the machine that has the primary
         */
        void to(Stage stage, String primary);
    }

    public Scenario {
        requireNonNull(name, "name is null");
        requireNonNull(what, "what is null");
        requireNonNull(fenceSecondsMax, "fenceSecondsMax is null");
        requireNonNull(harm, "harm is null");
    }

    /** What is promised, in a sentence. */
    public String promise() {
        StringBuilder text = new StringBuilder("No acknowledged transfer is lost, none runs twice");
        fenceSecondsMax.ifPresent(
                seconds ->
                        text.append("; the old primary refuses writes within ")
                                .append(seconds)
                                .append(" s"));
        return text.append("; writes go on within ")
                .append(writerBackSecondsMax)
                .append(takenOver ? " s, on the other machine." : " s.")
                .toString();
    }
}
