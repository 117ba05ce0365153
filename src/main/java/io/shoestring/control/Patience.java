package io.shoestring.control;

/** How long the decision waits for what, in one place. */
final class Patience {
    private static final long SECOND_NANOS = 1_000_000_000L;

    /** A look on which a take-over rests: an older one may have been overtaken by a restart. */
    static final long FRESH_LOOK_NANOS = SECOND_NANOS;

    /** A primary that is alive but silent: shorter stalls happen on loaded machines. */
    static final long SILENT_PRIMARY_NANOS = 8 * SECOND_NANOS;

    /** A node that does not answer: its machine is switched off by force, if that can be done. */
    static final long FENCE_AFTER_NANOS = 4 * SECOND_NANOS;

    /** A lease whose renewal is overdue: it is renewed every two seconds. */
    static final long NOT_RENEWED_NANOS = 3 * SECOND_NANOS;

    /** A primary in crash recovery, or one that hangs in its own shutdown. */
    static final long STARTING_PRIMARY_NANOS = 30 * SECOND_NANOS;

    /** A silent synchronous member: commits wait for it. */
    static final long SILENT_SYNCHRONOUS_NANOS = 4 * SECOND_NANOS;

    /** A synchronous replica that its primary has let go: commits wait for it. */
    static final long DETACHED_NANOS = SECOND_NANOS;

    /** A replica connects anew by itself; only after this it is looked into. */
    static final long NOT_STREAMING_NANOS = 5 * SECOND_NANOS;

    /** A replica that others may get their log from: one that has just come back may go again. */
    static final long FED_NANOS = 10 * SECOND_NANOS;

    /** The checkpoint before a switchover: nobody waits for it. */
    static final long CHECKPOINT_NANOS = 60 * SECOND_NANOS;

    /** Open transactions in a switchover: everybody waits for them. */
    static final long DRAIN_NANOS = 5 * SECOND_NANOS;

    /** Looks on which a rehearsal rests began so long after the step: writes were held by then. */
    static final long HOLD_SEEN_NANOS = 30_000_000L;

    /** The clean stop in a switchover. */
    static final long STOP_NANOS = 10 * SECOND_NANOS;

    /** What an operator forces, and cannot be done, is given up: nobody waits for it forever. */
    static final long FORCE_NANOS = 60 * SECOND_NANOS;

    /** What the target of a switchover may lack of the primary's log: it is waited for. */
    static final long FAR_BEHIND_BYTES = 16L << 20;

    private Patience() {}
}
