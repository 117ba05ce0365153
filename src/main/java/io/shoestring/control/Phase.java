package io.shoestring.control;

/**
 * Where a database is between nothing and a primary that takes writes. It follows from the lease
 * and the record alone, so a node that was killed between two steps finds itself in the right one:
 *
 * <pre>
 *   NEW ──grant──► GRANTED ──remember──► OPENING ──promote/start, remember──► SERVING
 *                     ▲                     │                                    │
 *                     └──grant── VACANT ◄───┴──────────release, expiry───────────┘
 *   SERVING ──remember: closed (its process ended, nobody can take over)──► OPENING
 * </pre>
 */
enum Phase {
    /** Nothing is remembered and nobody holds the lease: look for the first primary. */
    NEW,
    /** The lease was granted and the record does not know it yet: write it down. */
    GRANTED,
    /** Nobody holds the lease: grant it to whoever may be the primary. */
    VACANT,
    /** The primary of this epoch was not seen to take writes yet: bring it there. */
    OPENING,
    /** The primary of this epoch takes writes: keep it so, and the others behind it. */
    SERVING;

    static Phase of(View view) {
        if (view.seen().lease().isPresent()) {
            if (!view.leaseUnderRecord()) {
                return GRANTED;
            }
            return view.record().writable() ? SERVING : OPENING;
        }
        return view.record().primary().isEmpty() ? NEW : VACANT;
    }
}
