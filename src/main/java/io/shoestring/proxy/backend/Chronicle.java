package io.shoestring.proxy.backend;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Event;

/** Is told what changes; returns at once, as it is called on event loops. Thread-safe. */
@FunctionalInterface
public interface Chronicle {
    /** One sentence for the operator. */
    void tell(Entry entry);

    /** A sentence and how much a person has to care. */
    record Entry(Event.Severity severity, String sentence) {
        public Entry {
            requireNonNull(severity, "severity is null");
            requireNonNull(sentence, "sentence is null");
        }
    }
}
