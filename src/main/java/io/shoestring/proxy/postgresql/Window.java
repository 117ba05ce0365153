package io.shoestring.proxy.postgresql;

/**
 * What is on its way on the primary connection, from the first request on a quiet connection to the
 * last answer: if the server dies in between, this says what may have become of it.
 */
final class Window {
    private boolean empty = true;
    private boolean inBlock;
    private boolean began;
    private boolean mayHaveCommitted;
    private boolean writes;
    private boolean unread;
    private boolean repeatable = true;

    /**
     * A batch leaves.
     *
     * @param status the connection's transaction status when it leaves
     */
    void add(Batch batch, byte status) {
        if (empty) {
            empty = false;
            inBlock = status != 'I';
        }
        repeatable &= batch.repeatable && !inBlock;
        if (batch.begins) {
            began = true;
            inBlock = true;
        }
        mayHaveCommitted |= batch.mayCommit || (batch.writes && (!inBlock || batch.rollsBack));
        if (batch.leavesBlockOpen != null) {
            inBlock = batch.leavesBlockOpen;
        }
        writes |= !batch.allReads;
        unread |= batch.writes;
    }

    /** A request failed: if it was the BEGIN, what came after it is in no block. */
    void failed() {
        mayHaveCommitted |= began && writes;
    }

    /** Whether a transaction block is open when everything on its way is done. */
    boolean isInBlock() {
        return inBlock;
    }

    boolean mayHaveCommitted() {
        return mayHaveCommitted;
    }

    boolean began() {
        return began;
    }

    boolean writes() {
        return writes;
    }

    /** Whether a statement is among them that was not understood. */
    boolean hasUnread() {
        return unread;
    }

    boolean isRepeatable() {
        return repeatable;
    }

    void clear() {
        empty = true;
        inBlock = false;
        began = false;
        mayHaveCommitted = false;
        writes = false;
        unread = false;
        repeatable = true;
    }
}
