package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * A planned change of the primary, on its way.
 *
 * @param id unique for this request
 * @param to the member that shall become primary
 * @param step where it is; how long already, each conductor counts from when it first saw it
 * @param rehearsal whether it ends before anything is stopped: the proxies hold, drain, the target
 *     catches up, and everything goes on as before
 */
public record Switchover(String id, MemberName to, Step step, boolean rehearsal) {
    public Switchover {
        requireNonNull(id, "id is null");
        requireNonNull(to, "to is null");
        requireNonNull(step, "step is null");
    }

    /** That is meant. */
    public Switchover(String id, MemberName to, Step step) {
        this(id, to, step, false);
    }

    /** The same request at another step. */
    public Switchover at(Step next) {
        return new Switchover(id, to, next, rehearsal);
    }

    /** What to call it at the beginning of a sentence. */
    public String noun() {
        return rehearsal ? "Rehearsal" : "Switchover";
    }

    /**
     * The steps, in order. Up to and including {@code DRAIN} it can be given up without a trace.
     */
    public enum Step {
        /** A checkpoint on the primary makes its stop short. Clients notice nothing. */
        CHECKPOINT,
        /** The proxies hold new transactions and wait for the open ones to end. */
        DRAIN,
        /**
         * The old primary stops cleanly and sends the last of its log; then the lease moves, and
         * the target is promoted as in a failover.
         */
        STOP
    }
}
