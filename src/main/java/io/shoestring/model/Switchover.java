package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * A change of the primary that an operator asked for, on its way: planned, or forced.
 *
 * @param id unique for this request
 * @param to the member that shall become primary
 * @param step where it is; how long already, each conductor counts from when it first saw it
 * @param rehearsal whether it ends before anything is stopped: the proxies hold, drain, the target
 *     catches up, and everything goes on as before
 * @param loss what is accepted to be lost; nothing unless it is forced
 */
public record Switchover(
        String id, MemberName to, Step step, boolean rehearsal, AcceptedLoss loss) {
    public Switchover {
        requireNonNull(id, "id is null");
        requireNonNull(to, "to is null");
        requireNonNull(step, "step is null");
        requireNonNull(loss, "loss is null");
    }

    /** That is planned. */
    public Switchover(String id, MemberName to, Step step, boolean rehearsal) {
        this(id, to, step, rehearsal, AcceptedLoss.NOTHING);
    }

    /** That is planned and meant. */
    public Switchover(String id, MemberName to, Step step) {
        this(id, to, step, false);
    }

    /** Whether the old primary is stopped whatever it does. */
    public boolean forced() {
        return step == Step.FORCE;
    }

    /** The same request at another step. */
    public Switchover at(Step next) {
        return new Switchover(id, to, next, rehearsal, loss);
    }

    /** What to call it at the beginning of a sentence. */
    public String noun() {
        return forced() ? "Failover" : rehearsal ? "Rehearsal" : "Switchover";
    }

    /**
     * The steps of a planned one, in order, and the only one of one that is forced. Up to and
     * including {@code DRAIN} it can be given up without a trace.
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
        STOP,
        /** The old primary is stopped by force, if it still runs, and the target takes over. */
        FORCE
    }
}
