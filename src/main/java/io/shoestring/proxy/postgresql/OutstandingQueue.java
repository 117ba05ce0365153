package io.shoestring.proxy.postgresql;

import io.shoestring.base.Check;
import io.shoestring.monitoring.digest.Figures;

import org.jspecify.annotations.Nullable;

/**
 * The requests on one server connection that have no complete answer yet, in order: who answers
 * whom.
 *
 * <p>Each entry is FORWARD (the client's own: its answer goes to the client), SKIP (ours: its
 * answer is swallowed) or REPLAY (asked a second time: its answer is compared). A ring of arrays
 * instead of a queue of objects: nothing is allocated for a request. Used by one event loop only.
 */
final class OutstandingQueue {
    /** What a request is; it tells which message of the server completes it. */
    static final byte QUERY = 0;

    static final byte PARSE = 1;
    static final byte BIND = 2;
    static final byte DESCRIBE = 3;
    static final byte EXECUTE = 4;
    static final byte CLOSE = 5;
    static final byte SYNC = 6;
    static final byte FUNCTION = 7;

    /**
     * Not a request: here the client's COPY data end. Syncs before it are ignored by the server.
     */
    static final byte COPY_END = 8;

    static final byte FORWARD = 0;
    static final byte SKIP = 1;

    /** The client's own, asked a second time: its answer is compared, and the client has it. */
    static final byte REPLAY = 2;

    private static final int INITIAL = 16;

    private byte[] kinds = new byte[INITIAL];
    private byte[] actions = new byte[INITIAL];
    private @Nullable Object[] subjects = new @Nullable Object[INITIAL];
    private @Nullable Figures[] figures = new @Nullable Figures[INITIAL];
    private long[] beganNanos = new long[INITIAL];
    private int head;
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    void add(byte kind, byte action, @Nullable Object subject) {
        add(kind, action, subject, null, 0);
    }

    void add(
            byte kind,
            byte action,
            @Nullable Object subject,
            @Nullable Figures counted,
            long began) {
        if (size == kinds.length) {
            grow();
        }
        int at = (head + size) & (kinds.length - 1);
        kinds[at] = kind;
        actions[at] = action;
        subjects[at] = subject;
        figures[at] = counted;
        beganNanos[at] = began;
        size++;
    }

    byte kind() {
        Check.that(size > 0, "the queue is empty");
        return kinds[head];
    }

    byte action() {
        Check.that(size > 0, "the queue is empty");
        return actions[head];
    }

    @Nullable Object subject() {
        Check.that(size > 0, "the queue is empty");
        return subjects[head];
    }

    /** Where what is answered now is counted, if it is. */
    @Nullable Figures figures() {
        Check.that(size > 0, "the queue is empty");
        return figures[head];
    }

    /** When it began. */
    long beganNanos() {
        return beganNanos[head];
    }

    /** It is not counted. */
    void uncount() {
        figures[head] = null;
    }

    void remove() {
        Check.that(size > 0, "the queue is empty");
        removeHead();
        while (size > 0 && kinds[head] == COPY_END) {
            removeHead();
        }
    }

    private void removeHead() {
        subjects[head] = null;
        figures[head] = null;
        head = index(1);
        size--;
    }

    /**
     * Takes everything before the next Sync out, the last first, so that {@code undo} finds things
     * as they were when the request was added.
     */
    void dropUntilSync(Undo undo) {
        int dropped = 0;
        while (dropped < size && kinds[index(dropped)] != SYNC) {
            dropped++;
        }
        for (int i = dropped - 1; i >= 0; i--) {
            int at = index(i);
            undo.undo(kinds[at], actions[at], subjects[at]);
            subjects[at] = null;
            figures[at] = null;
        }
        head = index(dropped);
        size -= dropped;
    }

    /**
     * Whatever failed before the next Sync, the first statement that was to run there has failed;
     * it comes to the head's place as far as counting goes.
     */
    void countFirstAtHead() {
        for (int i = 0; i < size && kinds[index(i)] != SYNC; i++) {
            int at = index(i);
            if (figures[at] != null) {
                figures[head] = figures[at];
                beganNanos[head] = beganNanos[at];
                return;
            }
        }
    }

    /** What to do for a request that the server ignores. */
    @FunctionalInterface
    interface Undo {
        void undo(byte kind, byte action, @Nullable Object subject);
    }

    private int index(int offset) {
        return (head + offset) & (kinds.length - 1);
    }

    /** How many answers the client still waits for that end with ReadyForQuery. */
    int clientEnds() {
        int count = 0;
        for (int i = 0; i < size; i++) {
            int at = (head + i) & (kinds.length - 1);
            if (actions[at] == FORWARD && endsWithReady(kinds[at])) {
                count++;
            }
        }
        return count;
    }

    /** A server that is taking a COPY ignores the Syncs that come before the end of the data. */
    void removeSyncsBehindHead() {
        while (size > 1 && kinds[index(1)] == SYNC) {
            removeBehindHead();
        }
    }

    /** Whether the data of the COPY at the head have all been sent. */
    boolean isCopyEndBehindHead() {
        return size > 1 && kinds[index(1)] == COPY_END;
    }

    /** One simple query may hold several COPYs. */
    void removeCopyEndBehindHead() {
        removeBehindHead();
    }

    private void removeBehindHead() {
        byte kind = kind();
        byte action = action();
        Object subject = subject();
        Figures counted = figures();
        long began = beganNanos();
        removeHead();
        kinds[head] = kind;
        actions[head] = action;
        subjects[head] = subject;
        figures[head] = counted;
        beganNanos[head] = began;
    }

    /** Whether something that was sent will be answered by ReadyForQuery. */
    boolean hasEnd() {
        for (int i = 0; i < size; i++) {
            if (endsWithReady(kinds[index(i)])) {
                return true;
            }
        }
        return false;
    }

    static boolean endsWithReady(byte kind) {
        return kind == QUERY || kind == SYNC || kind == FUNCTION;
    }

    private void grow() {
        int length = kinds.length;
        byte[] moreKinds = new byte[length * 2];
        byte[] moreActions = new byte[length * 2];
        @Nullable Object[] moreSubjects = new @Nullable Object[length * 2];
        @Nullable Figures[] moreFigures = new @Nullable Figures[length * 2];
        long[] moreBegan = new long[length * 2];
        for (int i = 0; i < size; i++) {
            int at = (head + i) & (length - 1);
            moreKinds[i] = kinds[at];
            moreActions[i] = actions[at];
            moreSubjects[i] = subjects[at];
            moreFigures[i] = figures[at];
            moreBegan[i] = beganNanos[at];
        }
        kinds = moreKinds;
        actions = moreActions;
        subjects = moreSubjects;
        figures = moreFigures;
        beganNanos = moreBegan;
        head = 0;
    }
}
