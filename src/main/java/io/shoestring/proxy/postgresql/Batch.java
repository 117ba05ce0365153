package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.monitoring.digest.Figures;
import io.shoestring.proxy.postgresql.statement.ListenOrder;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The client's messages that travel together: one Query, or everything up to a Sync or a Flush.
 * What it is as a whole decides where it goes and what may be done when its server dies.
 */
final class Batch {
    /** Parse, Bind, Describe, Execute, Sync, and one to spare. */
    private static final int SIZE_USUAL = 6;

    /** The messages, untouched; owned. Set when the batch is complete. */
    @Nullable ByteBuf bytes;

    /** Every statement in it is certainly a read. */
    boolean allReads = true;

    /** Running it twice does no harm: nothing but reads, BEGIN and SET. */
    boolean repeatable = true;

    /** It may make something lasting, if it is not inside a transaction block. */
    boolean writes;

    /** It may end a transaction block with a commit. */
    boolean mayCommit;

    /** It rolls a transaction block back and does nothing else. */
    boolean onlyRollsBack;

    /** It begins a transaction block, and nothing before that writes. */
    boolean begins;

    /** It ends a transaction block without a commit, perhaps among other things. */
    boolean rollsBack;

    /** It is a COMMIT and nothing else. */
    boolean onlyCommits;

    /** Its last statement is a plain BEGIN or COMMIT, see {@link PlainText}. */
    boolean lastIsPlain;

    /** It asks what the rows of its answer will look like. */
    boolean describes;

    /** It asks where the last request went, see {@link LastRoute}, and nothing else. */
    boolean asksForRoute;

    /** It asks for, or changes, the consistency of reads, and nothing else. */
    @Nullable ReadsOrder ordersReads;

    /** When it was first tried to send it to a replica; 0: never. */
    long triedNanos;

    /** A comment wants it at the primary. */
    boolean hinted;

    /** How many statements it runs. */
    int statements;

    /** Whether a transaction block is open behind it; empty: as before it. */
    @Nullable Boolean leavesBlockOpen;

    /**
     * Why the session can live on one server connection only once this is done; empty text: it
     * still can.
     */
    String pins = "";

    /**
     * Why other clients must not have the server connection once this is done; empty text: nothing
     * speaks against it.
     */
    String keeps = "";

    /** The server connection itself will be the one that listens. */
    boolean listens;

    /** It asks on which channels the client listens. */
    boolean asksChannels;

    /** Channels on which the client may be listening when this is done. */
    Set<String> channels = Set.of();

    /** Its last message is answered by ReadyForQuery. */
    boolean ended;

    /** The rest of its last message has not been read yet: these bytes follow. */
    long missingBytes;

    /** How often it was sent already. */
    int attempts;

    // Most batches have none of these: a list is made for the first.
    private List<PreparedStatement> needs = List.of();
    private List<PreparedStatement> prepares = List.of();
    private List<PreparedStatement> closes = List.of();
    private List<String> unknownNames = List.of();

    /** It is a simple query, which takes the unnamed statement away. */
    boolean destroysUnnamed;

    /** When the first statement of it was read whole. */
    long beganNanos;

    private @Nullable Figures[] figures = new @Nullable Figures[SIZE_USUAL];
    private byte[] kinds = new byte[SIZE_USUAL];
    private @Nullable Object[] subjects = new @Nullable Object[SIZE_USUAL];
    private int size;

    /**
     * Whether it may be run a second time, outside a transaction block, after the server has
     * refused it because a statement gives something else than when it was prepared: the client
     * sees what it gives now.
     */
    boolean canBeAskedAnew() {
        boolean whole = ended && missingBytes == 0 && leavesBlockOpen == null && !begins;
        return whole && describes && !needs.isEmpty() && prepares.isEmpty() && closes.isEmpty();
    }

    /** What it needs is prepared anew before it is next used there. */
    void markStaleOn(ServerStatements prepared) {
        needs.forEach(statement -> prepared.markStale(statement.name()));
    }

    void add(byte kind, @Nullable Object subject) {
        add(kind, subject, null);
    }

    /**
     * Adds a request.
     *
     * @param counted where it is counted, if it runs a statement that is known
     */
    void add(byte kind, @Nullable Object subject, @Nullable Figures counted) {
        if (size == kinds.length) {
            figures = Arrays.copyOf(figures, size * 2);
            kinds = Arrays.copyOf(kinds, size * 2);
            subjects = Arrays.copyOf(subjects, size * 2);
        }
        figures[size] = counted;
        kinds[size] = kind;
        subjects[size++] = subject;
    }

    /** Statements that it uses and does not itself prepare first. */
    List<PreparedStatement> needs() {
        return needs;
    }

    void need(PreparedStatement statement) {
        if (!prepares.contains(statement) && !needs.contains(statement)) {
            needs = with(needs, statement);
        }
    }

    /** It prepares this statement. */
    void prepares(PreparedStatement statement) {
        prepares = with(prepares, statement);
    }

    /** Statements that it prepares. */
    List<PreparedStatement> prepares() {
        return prepares;
    }

    /** It uses a prepared statement of this name, which the client does not have. */
    void unknownName(String name) {
        List<String> longer = unknownNames.isEmpty() ? new ArrayList<>(2) : unknownNames;
        longer.add(name);
        unknownNames = longer;
    }

    List<String> unknownNames() {
        return unknownNames;
    }

    /** It may use or prepare statements by names that are not known. */
    boolean isOpaque() {
        return !pins.isEmpty() || !keeps.isEmpty();
    }

    /** Statements that it closes. */
    List<PreparedStatement> closes() {
        return closes;
    }

    void closes(PreparedStatement statement) {
        closes = with(closes, statement);
    }

    /** It says LISTEN, or asks for the channels. */
    void listensOn(List<ListenOrder> orders) {
        asksChannels |= orders.isEmpty();
        Set<String> more = new HashSet<>(channels);
        orders.stream()
                .filter(ListenOrder::begins)
                .forEach(order -> order.channel().ifPresent(more::add));
        channels = more;
    }

    private static List<PreparedStatement> with(
            List<PreparedStatement> list, PreparedStatement statement) {
        List<PreparedStatement> longer = list.isEmpty() ? new ArrayList<>(4) : list;
        longer.add(statement);
        return longer;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    /** Adds what was answered before, and will be again, to what a server has been asked. */
    void enqueueAgainOn(Conversation conversation) {
        for (int i = 0; i < size; i++) {
            conversation.expectAgain(kinds[i], subjects[i]);
        }
    }

    /** Adds what will be answered to what a server has been asked. */
    void enqueueOn(Conversation conversation) {
        for (int i = 0; i < size; i++) {
            conversation.expect(kinds[i], subjects[i], figures[i], beganNanos);
        }
    }

    /** It will not be run: the client's statements are what they were before it. */
    void undo(PreparedStatements statements) {
        for (int i = size - 1; i >= 0; i--) {
            if (subjects[i] instanceof PreparedStatement statement) {
                if (kinds[i] == OutstandingQueue.PARSE) {
                    statements.undo(statement);
                } else {
                    statements.putBack(statement);
                }
            }
        }
    }

    int executes() {
        int count = 0;
        for (int i = 0; i < size; i++) {
            count += kinds[i] == OutstandingQueue.EXECUTE ? 1 : 0;
        }
        return count;
    }

    boolean isOnlySync() {
        return size == 1 && endsWithSync();
    }

    boolean endsWithSync() {
        return size > 0 && kinds[size - 1] == OutstandingQueue.SYNC;
    }

    /** Takes the bytes out, to be written; the caller owns them then. */
    ByteBuf takeBytes() {
        ByteBuf taken = bytes;
        if (taken == null) {
            throw new IllegalStateException("the batch has no bytes");
        }
        bytes = null;
        return taken;
    }

    void release() {
        if (bytes != null) {
            bytes.release();
            bytes = null;
        }
    }
}
