package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.OutstandingQueue.FAKE;
import static io.shoestring.proxy.postgresql.OutstandingQueue.FORWARD;
import static io.shoestring.proxy.postgresql.OutstandingQueue.SKIP;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.shoestring.model.MemberSpec;
import io.shoestring.protocol.postgresql.BackendBodies;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.ProtocolViolation;
import io.shoestring.protocol.postgresql.SqlState;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One connection to a server, on the event loop of the client that it serves.
 *
 * <p>It knows from its {@link OutstandingQueue} which answers are the client's and forwards those
 * as they came, in the fewest writes; it looks into a message only where something follows from it.
 * A read batch on a replica is held back until its first telling message, so that a replica's
 * refusal to write never reaches the client.
 */
final class ServerLink extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLink.class);
    private static final int HEADER_BYTES = 5;
    private static final int WHOLE_MESSAGE_BYTES_MAX = 16 << 20;
    private static final int HELD_BACK_BYTES_MAX = 256 << 10;
    private static final long LOGIN_SECONDS_MAX = 5;
    private static final int LOGIN_MESSAGE_BYTES_MAX = 64 << 10;
    private static final String MAY_FAIL = "may fail";

    private final Session session;
    private final MemberSpec member;
    private final long epoch;
    private final boolean toPrimary;
    private final ServerLogin login;
    private final OutstandingQueue queue = new OutstandingQueue();
    private final Map<String, PreparedStatement> prepared = new HashMap<>();
    private final Set<PreparedStatement> closing = new HashSet<>(0);
    private final List<String> stale = new ArrayList<>(0);
    private final List<ByteBuf> heldBack = new ArrayList<>(0);

    private @Nullable Channel channel;
    private @Nullable ByteBuf rest;
    private @Nullable ScheduledFuture<?> loginTimer;
    private @Nullable String complaint;
    private long passing;
    private byte status = 'I';
    private long readyAtNanos;
    private boolean closed;
    private boolean unflushed;
    private boolean unsynced;
    private boolean used;
    private boolean undecided;
    private int undecidedExecutes;
    private int heldBackBytes;
    private boolean refused;
    private boolean refusedToWrite;
    private boolean answerBegan;
    private boolean ignoringUntilSync;
    private boolean copying;
    private boolean copyingIn;
    private int settingsApplied;
    private int restoring;
    private @Nullable ErrorFields ownRequestFailed;
    private @Nullable ErrorFields fatal;

    // Valid only while a chunk is being read: what of it goes to the client, from here on.
    private int regionStart;

    ServerLink(
            Session session, MemberSpec member, long epoch, boolean toPrimary, ServerLogin login) {
        this.session = session;
        this.member = member;
        this.epoch = epoch;
        this.toPrimary = toPrimary;
        this.login = login;
    }

    MemberSpec member() {
        return member;
    }

    long epoch() {
        return epoch;
    }

    boolean isToPrimary() {
        return toPrimary;
    }

    boolean isUsable() {
        return login.isDone() && !closed;
    }

    ServerLogin login() {
        return login;
    }

    void readyAt(long nanos) {
        readyAtNanos = nanos;
    }

    /** When it was ready for its first request. */
    long readyAtNanos() {
        return readyAtNanos;
    }

    /** The transaction status that the server reported last: I, T or E. */
    byte status() {
        return status;
    }

    boolean isQuiet() {
        return queue.isEmpty();
    }

    /** Nothing is open on it: no request, no transaction, no batch without its Sync. */
    boolean isFree() {
        return queue.isEmpty() && status == 'I' && !unsynced && !ignoringUntilSync;
    }

    boolean isUnsynced() {
        return unsynced || ignoringUntilSync;
    }

    /** Whether the last batch that was sent lacks its Sync: the next one belongs to it. */
    void setUnsynced(boolean lacksSync) {
        unsynced = lacksSync;
    }

    /** True the first time it is asked. */
    boolean takeFirstUse() {
        boolean first = !used;
        used = true;
        return first;
    }

    /** Whether something of the answers that are due has gone to the client already. */
    boolean answerBegan() {
        return answerBegan;
    }

    /** Whether the client has got only the first part of a message. */
    boolean isInsideMessage() {
        return passing > 0;
    }

    OutstandingQueue queue() {
        return queue;
    }

    Optional<ErrorFields> fatal() {
        return Optional.ofNullable(fatal);
    }

    boolean isWritable() {
        return channel == null || channel.isWritable();
    }

    void setReading(boolean reading) {
        if (channel != null) {
            channel.config().setAutoRead(reading);
        }
    }

    // ------------------------------------------------------------------ requests

    /** Writes bytes of the client or of ours; {@link #flush} sends them. */
    void write(ByteBuf bytes) {
        if (channel == null) {
            bytes.release();
        } else {
            channel.write(bytes, channel.voidPromise());
            unflushed = true;
        }
    }

    void flush() {
        if (unflushed && channel != null) {
            unflushed = false;
            channel.flush();
        }
    }

    /** After an error the server answers nothing before the next Sync. */
    boolean isIgnoring() {
        return ignoringUntilSync;
    }

    /** The Sync that ends the ignoring is on its way. */
    void expectSync() {
        ignoringUntilSync = false;
        queue.add(OutstandingQueue.SYNC, FORWARD, null);
    }

    /** The server takes COPY data and ignores what is no part of them. */
    boolean isCopyingIn() {
        return copyingIn;
    }

    /** The client has sent the end of its COPY data, or of what the server takes for nothing. */
    void copyEnds() {
        copyingIn = false;
        if (!queue.isEmpty()) {
            queue.add(OutstandingQueue.COPY_END, FORWARD, null);
        }
    }

    /** The client's request of this kind is on its way. */
    void expect(byte kind, @Nullable Object subject) {
        if (copyingIn && kind == OutstandingQueue.SYNC) {
            return;
        }
        track(kind, subject);
        queue.add(kind, FORWARD, subject);
    }

    /** A request of ours, whose answer nobody gets. */
    void expectOwn(byte kind, @Nullable Object subject) {
        track(kind, subject);
        queue.add(kind, SKIP, subject);
    }

    /** A simple query of ours; {@link Session#ownRequestsDone} follows when all are answered. */
    void expectRestoring(boolean mayFail) {
        restoring++;
        queue.add(OutstandingQueue.QUERY, SKIP, mayFail ? MAY_FAIL : null);
    }

    /**
     * What is on its way counts already, because the next request comes before the answer does; if
     * it fails, {@link #undo} takes it back. The subject of a Parse is what it prepares, that of
     * any other request what it takes away.
     */
    private void track(byte kind, @Nullable Object subject) {
        if (!(subject instanceof PreparedStatement statement)) {
            return;
        }
        if (kind != OutstandingQueue.PARSE) {
            if (statement.equals(prepared.remove(statement.name()))) {
                closing.add(statement);
            }
        } else {
            if (statement.name().isEmpty()) {
                prepared.put("", statement);
            } else {
                // The server will refuse a name that is taken.
                prepared.putIfAbsent(statement.name(), statement);
            }
        }
    }

    private void undo(byte kind, byte action, @Nullable Object subject) {
        if (!(subject instanceof PreparedStatement statement)) {
            return;
        }
        if (kind != OutstandingQueue.PARSE) {
            if (closing.remove(statement)) {
                prepared.putIfAbsent(statement.name(), statement);
            }
            if (!refused) {
                session.closeIgnored(statement);
            }
        } else {
            prepared.remove(statement.name(), statement);
            if (action != SKIP && !refused) {
                session.parseFailed(statement);
            }
        }
    }

    /** The answers will not come: what was on its way to be prepared or closed is not. */
    void undoRequests() {
        while (!queue.isEmpty()) {
            queue.dropUntilSync(this::undo);
            if (!queue.isEmpty()) {
                queue.remove();
            }
        }
    }

    /** A new batch begins while nothing is due. */
    void beginWindow(boolean holdBack, int executes) {
        if (queue.isEmpty()) {
            answerBegan = false;
            undecided = holdBack;
            undecidedExecutes = executes;
        }
    }

    boolean has(PreparedStatement statement) {
        return statement.equals(prepared.get(statement.name()));
    }

    boolean hasName(String name) {
        return prepared.containsKey(name);
    }

    void forget(String name) {
        prepared.remove(name);
    }

    void forgetAllPrepared() {
        prepared.clear();
        stale.clear();
    }

    /**
     * The client has closed this statement elsewhere; it is closed here before the next request.
     */
    void markStale(String name) {
        if (prepared.remove(name) != null) {
            stale.add(name);
        }
    }

    List<String> takeStale() {
        if (stale.isEmpty()) {
            return List.of();
        }
        List<String> taken = List.copyOf(stale);
        stale.clear();
        return taken;
    }

    int settingsApplied() {
        return settingsApplied;
    }

    void settingsAppliedUpTo(int count) {
        settingsApplied = count;
    }

    /** Our own requests are on their way, to make the connection what the client believes it is. */
    boolean isRestoring() {
        return restoring > 0;
    }

    /** Why a request of our own failed, once. */
    Optional<ErrorFields> takeOwnFailure() {
        Optional<ErrorFields> failure = Optional.ofNullable(ownRequestFailed);
        ownRequestFailed = null;
        return failure;
    }

    /** Says goodbye: the client needs it no more. */
    void end() {
        if (channel != null && login.isDone()) {
            channel.writeAndFlush(Requests.terminate(channel.alloc()));
        }
        close();
    }

    void close() {
        closed = true;
        if (channel != null) {
            channel.close();
        }
    }

    // ------------------------------------------------------------------ answers

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (closed) {
            context.close();
            return;
        }
        channel = context.channel();
        loginTimer =
                context.channel()
                        .eventLoop()
                        .schedule(this::loginTimedOut, LOGIN_SECONDS_MAX, TimeUnit.SECONDS);
        login.begin(context.channel());
    }

    /** The system accepts connections for a server that hangs. */
    private void loginTimedOut() {
        complain(
                "accepts connections, but did not answer a log-in for " + LOGIN_SECONDS_MAX + " s");
        close();
    }

    private void endLoginTimer() {
        if (loginTimer != null) {
            loginTimer.cancel(false);
            loginTimer = null;
        }
    }

    private void complain(String text) {
        complaint = text;
        session.complaints().about(member, text);
    }

    /** What we found wrong with the server, if that is why the connection has ended. */
    Optional<String> complaint() {
        return Optional.ofNullable(complaint);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = joined(context, (ByteBuf) message);
        try {
            read(in);
            keepRest(in);
        } catch (ProtocolViolation violation) {
            complain("sent what is not PostgreSQL's protocol: " + violation.getMessage());
            close();
        } finally {
            in.release();
        }
    }

    private ByteBuf joined(ChannelHandlerContext context, ByteBuf in) {
        if (rest == null) {
            return in;
        }
        ByteBuf before = rest;
        rest = null;
        ByteBuf both = context.alloc().buffer(before.readableBytes() + in.readableBytes());
        both.writeBytes(before).writeBytes(in);
        before.release();
        in.release();
        return both;
    }

    private void keepRest(ByteBuf in) {
        if (in.isReadable() && !closed) {
            rest = in.readRetainedSlice(in.readableBytes());
        }
    }

    private void read(ByteBuf in) {
        regionStart = in.readerIndex();
        passOn(in);
        while (passing == 0 && !closed && in.readableBytes() >= HEADER_BYTES) {
            int at = in.readerIndex();
            byte type = in.getByte(at);
            int length = in.getInt(at + 1);
            check(type, length);
            if (in.readableBytes() <= length) {
                beginPassing(in, type, length);
                break;
            }
            in.readerIndex(at + 1 + length);
            if (!login.isDone()) {
                regionStart = in.readerIndex();
                readLogin(type, in, at + HEADER_BYTES, length - 4);
            } else {
                readAnswer(type, in, at, length);
            }
        }
        writeRegion(in, in.readerIndex());
    }

    private static void check(byte type, int length) {
        if (length < 4 || type < '1' || type > 'z') {
            throw new ProtocolViolation("a message of type " + type + " with length " + length);
        }
    }

    /** Forwards what came of a message that is longer than what was read at once. */
    private void passOn(ByteBuf in) {
        int now = (int) Math.min(passing, in.readableBytes());
        passing -= now;
        in.skipBytes(now);
    }

    private void beginPassing(ByteBuf in, byte type, int length) {
        boolean data = type == 'D' || type == 'd' || type == 'V';
        if (data && login.isDone() && queue.isEmpty()) {
            throw new ProtocolViolation("an answer of type " + (char) type + " to nothing");
        }
        if (data && login.isDone() && !queue.isEmpty() && queue.action() == FORWARD) {
            decideAnyway(in, in.readerIndex());
            answerBegan = true;
            passing = 1L + length - in.readableBytes();
            in.skipBytes(in.readableBytes());
        } else if (length > (login.isDone() ? WHOLE_MESSAGE_BYTES_MAX : LOGIN_MESSAGE_BYTES_MAX)) {
            throw new ProtocolViolation(
                    "a message of type " + (char) type + " with " + length + " bytes");
        }
    }

    private void readLogin(byte type, ByteBuf in, int body, int bodyLength) {
        if (login.read(type, in, body, bodyLength)) {
            endLoginTimer();
            status = 'I';
            session.linkReady(this);
        } else if (login.failure().isPresent()) {
            if (Answers.passes(login.failure().get())) {
                complain("refuses a log-in: " + login.failure().get().message());
            }
            close();
        }
    }

    private void readAnswer(byte type, ByteBuf in, int at, int length) {
        int body = at + HEADER_BYTES;
        if (queue.isEmpty() && !comesUnasked(type)) {
            throw new ProtocolViolation("an answer of type " + (char) type + " to nothing");
        }
        switch (type) {
            case 'Z' -> ready(in, at, BackendBodies.readyForQuery(in, body, length - 4));
            case 'C' -> complete(in, at, body, length - 4);
            case '1' -> parsed(in, at);
            case '2' -> finish(OutstandingQueue.BIND, in, at);
            case '3' -> finish(OutstandingQueue.CLOSE, in, at);
            case 'T', 'n' -> described(in, at, type);
            case 't' -> forwardOrSkip(in, at);
            case 'D', 'd', 'H', 'c', 'V' -> data(in, at);
            case 'I', 's' -> executed(in, at);
            case 'G', 'W' -> copyBegins(in, at);
            case 'E' -> error(in, at, ErrorFields.read(in, body, length - 4));
            case 'N', 'A' -> aside(in, at);
            case 'S' -> parameter(in, at, body, length - 4);
            default -> throw new ProtocolViolation("an unexpected message of type " + (char) type);
        }
    }

    private static boolean comesUnasked(byte type) {
        return type == 'E' || type == 'N' || type == 'A' || type == 'S';
    }

    private void data(ByteBuf in, int at) {
        decide(in, at);
        forwardOrSkip(in, at);
    }

    private void executed(ByteBuf in, int at) {
        decide(in, at);
        undecidedExecutes--;
        finish(OutstandingQueue.EXECUTE, in, at);
    }

    private void complete(ByteBuf in, int at, int body, int length) {
        decide(in, at);
        copyEnded();
        if (!queue.isEmpty() && queue.action() == FORWARD) {
            session.completed(this, in, body, length);
        }
        undecidedExecutes--;
        finish(OutstandingQueue.EXECUTE, in, at);
    }

    private void parsed(ByteBuf in, int at) {
        if (!queue.isEmpty() && queue.subject() instanceof PreparedStatement statement) {
            session.parsed(statement);
        }
        finish(OutstandingQueue.PARSE, in, at);
    }

    private void described(ByteBuf in, int at, byte type) {
        if (type == 'T' && !queue.isEmpty() && queue.kind() != OutstandingQueue.DESCRIBE) {
            forwardOrSkip(in, at);
        } else {
            finish(OutstandingQueue.DESCRIBE, in, at);
        }
    }

    private void copyBegins(ByteBuf in, int at) {
        decide(in, at);
        forwardOrSkip(in, at);
        if (!queue.isEmpty()) {
            queue.removeSyncsBehindHead();
            copying = true;
            copyingIn = !queue.isCopyEndBehindHead();
            // What was sent to end the request did not: a Sync behind the data will.
            unsynced |= !queue.hasEnd();
        }
    }

    private void copyEnded() {
        if (copying && queue.isCopyEndBehindHead()) {
            queue.removeCopyEndBehindHead();
        }
        copying = false;
        copyingIn = false;
    }

    /** The head is forwarded or skipped and, if it is of this kind, done. */
    private void finish(byte kind, ByteBuf in, int at) {
        forwardOrSkip(in, at);
        if (!queue.isEmpty() && queue.kind() == kind) {
            closed(queue.subject());
            queue.remove();
            fakeAnswers(in);
        }
    }

    private void closed(@Nullable Object subject) {
        if (subject != null && !closing.isEmpty()) {
            closing.remove(subject);
        }
    }

    private void fakeAnswers(ByteBuf in) {
        while (!queue.isEmpty() && queue.action() == FAKE) {
            byte kind = queue.kind();
            queue.remove();
            writeRegion(in, in.readerIndex());
            session.fakeAnswer(this, kind);
        }
    }

    private void ready(ByteBuf in, int at, byte newStatus) {
        if (queue.isEmpty() || !OutstandingQueue.endsWithReady(queue.kind())) {
            throw new ProtocolViolation("ReadyForQuery although nothing ended");
        }
        status = newStatus;
        boolean ours = queue.action() == SKIP;
        boolean restored = ours && queue.kind() == OutstandingQueue.QUERY && --restoring == 0;
        if (refused) {
            dropHeldBack();
            regionStart = in.readerIndex();
            queue.remove();
            refused = false;
            session.replicaRefused(refusedToWrite);
            return;
        }
        decideAnyway(in, at);
        forwardOrSkip(in, at);
        closed(queue.subject());
        queue.remove();
        writeRegion(in, in.readerIndex());
        if (restored) {
            session.ownRequestsDone(this);
        } else if (!ours) {
            session.answered(this);
        }
        fakeAnswers(in);
    }

    private void error(ByteBuf in, int at, ErrorFields error) {
        if (error.isFatal()) {
            fatal = error;
            cut(in, at);
            return;
        }
        if (queue.isEmpty()) {
            LOG.info("{} said, asked by nobody: {}", member.endpoint(), error.message());
            cut(in, at);
            return;
        }
        copyEnded();
        boolean ours = queue.action() == SKIP;
        byte kind = queue.kind();
        if (undecided && (ours ? kind == OutstandingQueue.PARSE : isReplicasOwn(error))) {
            refused = true;
            refusedToWrite = error.sqlState().equals(SqlState.READ_ONLY_SQL_TRANSACTION);
            dropHeldBack();
            regionStart = in.readerIndex();
        } else if (ours && OutstandingQueue.endsWithReady(kind)) {
            if (!MAY_FAIL.equals(queue.subject())) {
                ownRequestFailed = error;
            }
            cut(in, at);
        } else {
            decideAnyway(in, at);
            answerBegan = true;
        }
        if (OutstandingQueue.endsWithReady(kind)) {
            undo(kind, queue.action(), queue.subject());
        } else {
            dropUntilSync();
        }
        session.errorAnswered(this);
    }

    /**
     * Whether the primary may well have another answer: the replica cannot write, cannot be
     * serializable, had to cancel for the sake of replication, or is in trouble.
     */
    private static boolean isReplicasOwn(ErrorFields error) {
        return switch (error.sqlState()) {
            case SqlState.READ_ONLY_SQL_TRANSACTION,
                    SqlState.FEATURE_NOT_SUPPORTED,
                    SqlState.SERIALIZATION_FAILURE,
                    SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE ->
                    true;
            default -> isTrouble(error.sqlState());
        };
    }

    /** Out of resources, a system error, an internal error. */
    private static boolean isTrouble(String sqlState) {
        return sqlState.startsWith("53") || sqlState.startsWith("58") || sqlState.startsWith("XX");
    }

    /** After an error the server ignores everything up to the next Sync. */
    private void dropUntilSync() {
        queue.dropUntilSync(this::undo);
        ignoringUntilSync = queue.isEmpty();
    }

    /** Notices and notifications: the client's, if they can be. */
    private void aside(ByteBuf in, int at) {
        boolean swallow = queue.isEmpty() ? !toPrimary : queue.action() == SKIP;
        if (swallow) {
            cut(in, at);
        }
    }

    private void parameter(ByteBuf in, int at, int body, int length) {
        boolean ours = !queue.isEmpty() && queue.action() == SKIP;
        var parameter = BackendBodies.parameterStatus(in, body, length);
        login.parameters().put(parameter.name(), parameter.value());
        if (ours || !toPrimary) {
            cut(in, at);
        } else {
            session.parameterForwarded(parameter.name(), parameter.value());
        }
    }

    /** Forwards the message, or swallows it if the head is a request of ours. */
    private void forwardOrSkip(ByteBuf in, int at) {
        if (!queue.isEmpty() && queue.action() == SKIP) {
            cut(in, at);
        } else if (!undecided) {
            answerBegan = true;
        }
    }

    // ------------------------------------------------------------------ what goes to the client

    /** Leaves the message that begins at {@code at} and ends at the reader index out. */
    private void cut(ByteBuf in, int at) {
        writeRegion(in, at);
        regionStart = in.readerIndex();
    }

    private void writeRegion(ByteBuf in, int end) {
        if (end <= regionStart) {
            return;
        }
        ByteBuf region = in.retainedSlice(regionStart, end - regionStart);
        regionStart = end;
        if (undecided) {
            holdBack(region);
        } else {
            session.toClient(region);
        }
    }

    private void holdBack(ByteBuf region) {
        heldBack.add(region);
        heldBackBytes += region.readableBytes();
        if (heldBackBytes > HELD_BACK_BYTES_MAX) {
            releaseToClient();
        }
    }

    /** The answer is the client's from here on, unless something that may be refused is to come. */
    private void decide(ByteBuf in, int before) {
        if (undecidedExecutes <= 1) {
            decideAnyway(in, before);
        }
    }

    private void decideAnyway(ByteBuf in, int before) {
        if (undecided && !queue.isEmpty() && queue.action() != SKIP) {
            writeRegion(in, before);
            releaseToClient();
        }
    }

    private void releaseToClient() {
        undecided = false;
        answerBegan = true;
        heldBack.forEach(session::toClient);
        heldBack.clear();
        heldBackBytes = 0;
    }

    private void dropHeldBack() {
        heldBack.forEach(ByteBuf::release);
        heldBack.clear();
        heldBackBytes = 0;
    }

    // ------------------------------------------------------------------ the end

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        session.flushClient();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        session.linkWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        boolean expected = closed;
        if (!expected && !login.isDone()) {
            complain("closes connections during the log-in");
        }
        closed = true;
        endLoginTimer();
        dropHeldBack();
        if (rest != null) {
            rest.release();
            rest = null;
        }
        session.linkClosed(this, expected);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof java.io.IOException) {
            LOG.debug("{}: {}", member.endpoint(), cause.toString());
        } else {
            LOG.error(
                    "the connection to {} is closed because of a defect", member.endpoint(), cause);
        }
        context.close();
    }
}
