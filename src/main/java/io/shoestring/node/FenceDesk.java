package io.shoestring.node;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.FenceFacts;
import io.shoestring.model.Fenced;

import java.util.Optional;

/**
 * What became of the fence command in one database's loop. Not thread-safe: the loop's.
 *
 * <p>INVARIANT: only a command that ended with exit status 0 proves anything, and only what it was
 * begun for.
 */
final class FenceDesk {
    private final Attempts attempts = new Attempts();
    private Optional<Action.FenceNode> running = Optional.empty();
    private Optional<Fenced> done = Optional.empty();

    boolean allows(Action.FenceNode action, long nowNanos) {
        return running.isEmpty() && attempts.allows(action, nowNanos);
    }

    void begin(Action.FenceNode action) {
        running = Optional.of(action);
    }

    /** Takes in its end; returns in how many seconds it may be tried again. */
    int ended(Action.FenceNode action, Outcome outcome, long nowNanos) {
        running = Optional.empty();
        if (outcome instanceof Outcome.Done) {
            done = Optional.of(action.proof());
        }
        return attempts.ended(action, outcome, nowNanos);
    }

    FenceFacts facts() {
        return new FenceFacts(running.map(Action.FenceNode::proof), done);
    }
}
