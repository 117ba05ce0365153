package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.shoestring.model.MemberSpec;
import io.shoestring.protocol.mysql.AnswerTracker;
import io.shoestring.protocol.mysql.AnswerTracker.Seen;
import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorCode;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.ServerStatus;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * One connection to a server, with its log-in and what is on its way on it. Answers go to the
 * client as they came, in one piece for what was read at once; only OK packets that say more than
 * the client wants to know, and the numbers of prepared statements, are changed. On the client's
 * event loop.
 */
final class ServerLink extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLink.class);

    /** Of a packet that has to be looked at whole. */
    private static final int LOOKED_AT_BYTES_MAX = 1 << 20;

    private final LinkOwner owner;
    private final MemberSpec member;
    private final long epoch;
    private final ServerLogin login;
    private final Deque<Exchange> outstanding = new ArrayDeque<>();
    private final Map<Integer, Integer> statementIds = new HashMap<>();
    private AnswerTracker tracker = new AnswerTracker(0);
    private @Nullable Channel channel;
    private @Nullable ByteBuf rest;
    private int payloadLeft;
    private boolean ready;
    private boolean ended;
    private long readyAtNanos;
    private long stateVersion = -1;

    /**
     * @param epoch of the topology by which it is opened
     */
    ServerLink(LinkOwner owner, MemberSpec member, long epoch, ServerLogin login) {
        this.owner = owner;
        this.member = member;
        this.epoch = epoch;
        this.login = login;
    }

    MemberSpec member() {
        return member;
    }

    long epoch() {
        return epoch;
    }

    /** Whether it is logged in, and there. */
    boolean isReady() {
        return ready && !ended;
    }

    boolean isEnded() {
        return ended;
    }

    /** Whether no answer is on its way. */
    boolean isIdle() {
        return outstanding.isEmpty();
    }

    /** The server's number of this connection. */
    int connectionId() {
        return login.connectionId();
    }

    long readyAtNanos() {
        return readyAtNanos;
    }

    /** The version of the session's state that it has; -1: its own. */
    long stateVersion() {
        return stateVersion;
    }

    void hasState(long version) {
        stateVersion = version;
    }

    /** The server's numbers of the client's prepared statements, by the client's. */
    Map<Integer, Integer> statementIds() {
        return statementIds;
    }

    /** Whether the client's file is waited for. */
    boolean wantsFile() {
        return tracker.wantsFile();
    }

    void fileSent() {
        tracker.fileSent();
    }

    boolean isWritable() {
        return channel != null && channel.isWritable();
    }

    void setReading(boolean reading) {
        if (channel != null && channel.config().isAutoRead() != reading) {
            channel.config().setAutoRead(reading);
        }
    }

    /** Sends a command. Takes the bytes over. */
    void send(Exchange exchange, ByteBuf bytes) {
        Channel mine = channel;
        if (mine == null || ended) {
            bytes.release();
            return;
        }
        if (exchange.answer() != Command.Answer.NONE) {
            outstanding.add(exchange);
            if (outstanding.size() == 1) {
                tracker.begin(exchange.answer());
            }
        }
        mine.writeAndFlush(bytes, mine.voidPromise());
    }

    /** Sends bytes that belong to the command before. Takes them over. */
    void sendMore(ByteBuf bytes) {
        if (channel == null || ended) {
            bytes.release();
        } else {
            channel.writeAndFlush(bytes, channel.voidPromise());
        }
    }

    /** The exchange whose answer is on its way. */
    @Nullable Exchange current() {
        return outstanding.peek();
    }

    /** Closes it; the owner hears nothing more of it. */
    void close() {
        ended = true;
        Channel mine = channel;
        if (mine == null) {
            return;
        }
        if (ready && outstanding.isEmpty()) {
            ByteBuf quit = mine.alloc().buffer(8);
            int at = Packet.begin(quit, 0);
            quit.writeByte(Command.QUIT.code());
            Packet.end(quit, at);
            mine.writeAndFlush(quit);
        }
        mine.close();
    }

    /** It could not be connected. */
    void connectFailed(String why) {
        if (!ended) {
            ended = true;
            owner.unreachable(this, why);
        }
    }

    // ------------------------------------------------------------------ bytes

    @Override
    public void channelActive(ChannelHandlerContext context) {
        channel = context.channel();
        if (ended) {
            context.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (ended) {
            in.release();
            return;
        }
        if (rest != null) {
            in = appended(context.alloc(), rest, in);
            rest = null;
        }
        try {
            read(in);
        } catch (MysqlViolation violation) {
            LOG.warn(
                    "member {} ({}): closed after a malformed answer: {}",
                    member.name(),
                    member.endpoint(),
                    violation.getMessage());
            lose(String.valueOf(violation.getMessage()));
        }
        if (in.isReadable() && !ended) {
            rest = in;
        } else {
            in.release();
        }
    }

    private static ByteBuf appended(ByteBufAllocator allocator, ByteBuf before, ByteBuf in) {
        ByteBuf both = before;
        if (before.refCnt() > 1 || before.writableBytes() < in.readableBytes()) {
            both = allocator.buffer(2 * (before.readableBytes() + in.readableBytes()));
            both.writeBytes(before);
            before.release();
        }
        both.writeBytes(in);
        in.release();
        return both;
    }

    private void read(ByteBuf in) {
        while (!ready && !ended) {
            if (!readLogin(in)) {
                return;
            }
        }
        if (!ended) {
            readAnswers(in);
        }
    }

    private boolean readLogin(ByteBuf in) {
        int at = in.readerIndex();
        if (in.readableBytes() < Packet.HEADER_BYTES) {
            return false;
        }
        int length = Packet.length(in, at);
        if (length == 0 || length > LOOKED_AT_BYTES_MAX) {
            throw new MysqlViolation("a packet of the log-in has " + length + " bytes");
        }
        if (in.readableBytes() < Packet.HEADER_BYTES + length) {
            return false;
        }
        in.skipBytes(Packet.HEADER_BYTES + length);
        int number = Packet.number(in, at);
        Channel mine = channel;
        if (mine == null) {
            return false;
        }
        ByteBuf reply = mine.alloc().buffer(256);
        var outcome = login.read(in, at + Packet.HEADER_BYTES, length, number + 1, reply);
        if (reply.isReadable()) {
            mine.writeAndFlush(reply, mine.voidPromise());
        } else {
            reply.release();
        }
        switch (outcome) {
            case ServerLogin.Outcome.Goes _ -> {}
            case ServerLogin.Outcome.Done(OkPacket ok) -> begin(ok);
            case ServerLogin.Outcome.Refused(ErrorPacket error) -> {
                ended = true;
                mine.close();
                owner.refused(this, error);
            }
        }
        return true;
    }

    private void begin(OkPacket ok) {
        ready = true;
        tracker = new AnswerTracker(login.capabilities());
        readyAtNanos = owner.now();
        owner.ready(this, ok);
    }

    /** Packet by packet; what goes through unchanged goes in one piece. */
    private void readAnswers(ByteBuf in) {
        int from = in.readerIndex();
        int at = from;
        int end = in.writerIndex();
        while (!ended) {
            if (payloadLeft > 0) {
                int part = Math.min(payloadLeft, end - at);
                payloadLeft -= part;
                at += part;
            }
            if (end - at < Packet.HEADER_BYTES) {
                break;
            }
            int length = Packet.length(in, at);
            int body = at + Packet.HEADER_BYTES;
            int first = length > 0 && end > body ? in.getUnsignedByte(body) : 0;
            Exchange exchange = outstanding.peek();
            if (exchange == null) {
                idlePacket(in, body, length, first);
                return;
            }
            boolean clients = exchange.isClients();
            int needs = clients ? tracker.needs(length, first) : length;
            needs = Math.max(Math.min(1, length), needs);
            if (end - body < needs) {
                refuseTooLong(needs);
                break;
            }
            Seen seen = tracker.packet(in, body, length);
            if (seen == Seen.PART && clients) {
                exchange.passed(Packet.number(in, at), length);
                at = body;
                payloadLeft = length;
                continue;
            }
            // Everything else is there as a whole.
            int next = body + length;
            boolean kept = clients && passes(exchange, seen, in, at, length);
            if (kept) {
                exchange.passed(Packet.number(in, at), length);
            } else {
                pass(in, from, at);
                from = next;
                replace(exchange, seen, in, at, length);
            }
            at = next;
            if (isEnd(seen)) {
                pass(in, from, at);
                in.readerIndex(at);
                from = at;
                finish(exchange, seen);
            } else if (seen == Seen.FILE_WANTED) {
                pass(in, from, at);
                from = at;
                owner.fileWanted(this);
            }
        }
        pass(in, from, at);
        in.readerIndex(ended ? end : at);
    }

    private static void refuseTooLong(int needs) {
        if (needs > LOOKED_AT_BYTES_MAX) {
            throw new MysqlViolation(
                    "a packet of "
                            + needs
                            + " bytes where at most "
                            + LOOKED_AT_BYTES_MAX
                            + " are expected");
        }
    }

    /** A server that shuts down, or thinks that it waited long enough, says so unasked. */
    private void idlePacket(ByteBuf in, int body, int length, int first) {
        boolean error = first == ErrorPacket.HEADER && in.writerIndex() - body >= length;
        String why =
                error ? ErrorPacket.read(in, body, length).message() : "sent something unasked";
        in.readerIndex(in.writerIndex());
        lose(why);
    }

    private void pass(ByteBuf in, int from, int to) {
        if (to > from) {
            owner.answer(in.retainedSlice(from, to - from));
        }
    }

    private static boolean isEnd(Seen seen) {
        return switch (seen) {
            case OK_END, EOF_END, ERROR_END, END, PREPARED_END -> true;
            case PART, OK_PART, FILE_WANTED, PREPARED -> false;
        };
    }

    /** Whether that packet goes to the client as it is. */
    private boolean passes(Exchange exchange, Seen seen, ByteBuf in, int at, int length) {
        return switch (seen) {
            case PART, FILE_WANTED, EOF_END, END -> true;
            case PREPARED, PREPARED_END -> false;
            case OK_PART, OK_END -> (tracker.status() & ServerStatus.SESSION_STATE_CHANGED) == 0;
            case ERROR_END -> {
                int code = ErrorPacket.code(in, at + Packet.HEADER_BYTES, length);
                exchange.failed(code);
                yield !(exchange.isHeldIfReadOnly() && isReadOnly(code));
            }
        };
    }

    /** Whether the server says by this number that it takes no writes. */
    static boolean isReadOnly(int code) {
        return code == ErrorCode.OPTION_PREVENTS
                || code == ErrorCode.READ_ONLY_TRANSACTION
                || code == ErrorCode.READ_ONLY_MODE;
    }

    private void replace(Exchange exchange, Seen seen, ByteBuf in, int at, int length) {
        int body = at + Packet.HEADER_BYTES;
        int number = Packet.number(in, at);
        switch (seen) {
            case OK_PART, OK_END -> {
                OkPacket ok = OkPacket.read(in, body, length, login.capabilities());
                OkPacket shown = ok.with(owner.changed(this, exchange, ok.changes()));
                if (exchange.isClients()) {
                    answerInstead(exchange, number, out -> shown.write(out, number));
                }
            }
            case PREPARED, PREPARED_END -> {
                int id = owner.prepared(this, exchange, tracker.statementId(), in, body);
                if (exchange.isClients()) {
                    in.setIntLE(body + 1, id);
                    exchange.passed(number, length);
                    pass(in, at, body + length);
                }
            }
            case ERROR_END -> exchange.failed(ErrorPacket.code(in, body, length));
            case PART -> {
                byte[] payload = new byte[length];
                in.getBytes(body, payload);
                exchange.part(payload);
            }
            case FILE_WANTED, EOF_END, END -> {}
        }
    }

    private void answerInstead(
            Exchange exchange, int number, java.util.function.Consumer<ByteBuf> writer) {
        Channel mine = channel;
        if (mine != null) {
            ByteBuf out = mine.alloc().buffer(64);
            writer.accept(out);
            exchange.passed(number, out.readableBytes());
            owner.answer(out);
        }
    }

    private void finish(Exchange exchange, Seen seen) {
        outstanding.remove();
        Exchange next = outstanding.peek();
        if (next != null) {
            tracker.begin(next.answer());
        }
        if (exchange.isClients()) {
            boolean unnamed = seen == Seen.EOF_END || seen == Seen.ERROR_END || seen == Seen.END;
            owner.answered(this, exchange, tracker.status(), !unnamed);
        } else {
            exchange.conclude(seen != Seen.ERROR_END);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        owner.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        owner.linkWritabilityChanged(context.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        dropRest();
        lose("closed the connection");
    }

    private void dropRest() {
        if (rest != null) {
            rest.release();
            rest = null;
        }
    }

    private void lose(String why) {
        if (ended) {
            return;
        }
        ended = true;
        if (channel != null) {
            channel.close();
        }
        if (ready) {
            owner.lost(this, why);
        } else {
            owner.unreachable(this, why);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("member {}: closed because of a defect", member.name(), cause);
        }
        lose(String.valueOf(cause.getMessage()));
    }

    /** Whether the server says what changes in the session. */
    boolean isTracking() {
        return Capability.has(login.capabilities(), Capability.SESSION_TRACK);
    }
}
