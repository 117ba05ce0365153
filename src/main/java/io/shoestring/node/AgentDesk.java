package io.shoestring.node;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;

import java.util.Optional;

/**
 * What one member's agent lets be done to it: one action at a time, and for no conductor of an
 * older term. A request has a number, so that it can be asked for again after a broken connection.
 * Within a term numbers grow: one that arrives late, or a second time, after a newer one is not
 * begun.
 *
 * <p>Thread-safe; never blocks.
 */
public final class AgentDesk {
    /** What is to be done about a request. */
    public sealed interface Verdict {
        /** Begin, and call {@link AgentDesk#ended} when it is over. */
        record Begin() implements Verdict {}

        /** It is under way. */
        record Running() implements Verdict {}

        /** It is over. */
        record Over(Outcome outcome) implements Verdict {
            public Over {
                requireNonNull(outcome, "outcome is null");
            }
        }

        /** It is not begun. */
        record Refused(String sentence) implements Verdict {
            public Refused {
                requireNonNull(sentence, "sentence is null");
            }
        }
    }

    private record Running(long number, Action.ByAgent action) {}

    private record Over(long number, Outcome outcome) {}

    private final Terms terms;
    private Optional<Running> running = Optional.empty();
    private Optional<Over> over = Optional.empty();
    private long newestTerm;
    private long newestNumber;
    private long changes;

    public AgentDesk(Terms terms) {
        this.terms = requireNonNull(terms, "terms is null");
    }

    /** A conductor asks for an action, or asks again what became of it. */
    public synchronized Verdict ask(long term, long number, Action.ByAgent action) {
        Optional<String> refusal = terms.refusal(term);
        if (refusal.isPresent()) {
            return new Verdict.Refused(refusal.get());
        }
        if (isNewer(term, number)) {
            newestTerm = term;
            newestNumber = number;
            over = Optional.empty();
            return begin(number, action);
        }
        if (over.isPresent() && over.get().number() == number) {
            return new Verdict.Over(over.get().outcome());
        }
        return running.isPresent() && running.get().number() == number
                ? new Verdict.Running()
                : new Verdict.Refused("Something else was asked of " + action.member() + " since.");
    }

    private boolean isNewer(long term, long number) {
        return term > newestTerm || (term == newestTerm && number > newestNumber);
    }

    private Verdict begin(long number, Action.ByAgent action) {
        if (running.isEmpty()) {
            running = Optional.of(new Running(number, action));
            changes++;
            return new Verdict.Begin();
        }
        return new Verdict.Refused(
                action.member() + " is " + Phrase.of(running.get().action()) + ".");
    }

    /** The action of this number is over. */
    public synchronized void ended(long number, Outcome outcome) {
        if (running.isPresent() && running.get().number() == number) {
            running = Optional.empty();
            over = Optional.of(new Over(number, outcome));
            changes++;
        }
    }

    /** A conductor wants to look: why it may not, if so. */
    public Optional<String> refusal(long term) {
        return terms.refusal(term);
    }

    /** What is being done. */
    public synchronized Optional<String> busy() {
        return running.map(it -> Phrase.of(it.action()));
    }

    /** Grows whenever an action begins or ends: a look between two equal numbers saw none. */
    public synchronized long changes() {
        return changes;
    }
}
