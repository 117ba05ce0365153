package io.shoestring.database;

import static java.util.Objects.requireNonNull;

/** How an action ended, in one sentence for the events. */
public sealed interface Outcome {
    /** What happened. */
    String sentence();

    /** It is done, and was read back. */
    record Done(String sentence) implements Outcome {
        public Done {
            requireNonNull(sentence, "sentence is null");
        }
    }

    /** It is not done; the sentence says what to do about it, where a person must. */
    record Failed(String sentence) implements Outcome {
        public Failed {
            requireNonNull(sentence, "sentence is null");
        }
    }
}
