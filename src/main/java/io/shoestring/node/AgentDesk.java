package io.shoestring.node;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What one member's agent lets be done to it: one action at a time, and for no conductor of an
 * older term. A request has an id, so that it can be asked for again after a broken connection; one
 * that was over or refused is never begun, however late a message comes a second time.
 *
 * <p>Thread-safe; never blocks.
 */
public final class AgentDesk {
    private static final int REMEMBERED = 256;

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

    private record Running(String id, Action.ByAgent action) {}

    /** What became of requests, by their ids; the oldest are forgotten. */
    private static final class Book extends LinkedHashMap<String, Outcome> {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Outcome> eldest) {
            return size() > REMEMBERED;
        }
    }

    private final Terms terms;
    private Optional<Running> running = Optional.empty();
    private final Book book = new Book();
    private long changes;

    public AgentDesk(Terms terms) {
        this.terms = requireNonNull(terms, "terms is null");
    }

    /** A conductor asks for an action, or asks again what became of it. */
    public synchronized Verdict ask(long term, String id, Action.ByAgent action) {
        Optional<String> refusal = terms.refusal(term);
        if (refusal.isPresent()) {
            return new Verdict.Refused(refusal.get());
        }
        Outcome over = book.get(id);
        if (over != null) {
            return new Verdict.Over(over);
        }
        if (running.isEmpty()) {
            running = Optional.of(new Running(id, action));
            changes++;
            return new Verdict.Begin();
        }
        if (running.get().id().equals(id)) {
            return new Verdict.Running();
        }
        String busy = action.member() + " is " + Phrase.of(running.get().action()) + ".";
        book.put(id, new Outcome.Failed(busy));
        return new Verdict.Refused(busy);
    }

    /** The action of this id is over. */
    public synchronized void ended(String id, Outcome outcome) {
        if (running.isPresent() && running.get().id().equals(id)) {
            running = Optional.empty();
            book.put(id, outcome);
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
