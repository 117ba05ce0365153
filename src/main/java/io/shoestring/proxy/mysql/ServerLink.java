package io.shoestring.proxy.mysql;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.shoestring.model.MemberSpec;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.ServerStatus;
import io.shoestring.proxy.pool.LoopChange;
import io.shoestring.proxy.pool.PoolShare;
import io.shoestring.proxy.pool.PooledLink;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * One connection to a server, from the connect over the log-in to its end. Commands go out as they
 * are given; what comes after the log-in the {@link AnswerReader} reads. It may go from client to
 * client, and is on the event loop of the one that it serves.
 */
final class ServerLink extends ChannelInboundHandlerAdapter
        implements PooledLink<ServerLink, LinkOwner> {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLink.class);
    private static final long GOODBYE_SECONDS_MAX = 1;

    private final PoolKey key;
    private final ServerEntry entry;
    private final ServerStatements statements = new ServerStatements();
    private LinkOwner owner;
    private LinkOwner lastClient;
    private Runnable whenClosed = () -> {};
    private @Nullable PoolShare<ServerLink> share;
    private @Nullable AnswerReader answers;
    private @Nullable Channel channel;
    private @Nullable ByteBuf rest;
    private SessionShape fresh = SessionShape.fresh("", true);
    private SessionShape shape = fresh;
    private Optional<String> reported = Optional.empty();
    private boolean ended;
    private boolean killing;
    private boolean firstUse = true;
    private long readyAtNanos;
    private long insertId;

    ServerLink(LinkOwner owner, PoolKey key, ServerLogin login) {
        this.owner = owner;
        this.lastClient = owner;
        this.key = key;
        this.entry = new ServerEntry(login, key.member().endpoint(), new Entered());
    }

    LinkOwner owner() {
        return owner;
    }

    @Override
    public PoolKey key() {
        return key;
    }

    MemberSpec member() {
        return key.member();
    }

    /** In which it was opened. */
    long epoch() {
        return key.epoch();
    }

    /** Whether it is logged in, and there. */
    boolean isReady() {
        return answers != null && !ended;
    }

    @Override
    public boolean isUsable() {
        return isReady();
    }

    @Override
    public boolean isFit() {
        return isReady()
                && isIdle()
                && rest == null
                && !killing
                && isTracking()
                && (key.hasSchema() || shape.schema().isEmpty());
    }

    boolean isEnded() {
        return ended;
    }

    /** Whether no answer is on its way. */
    boolean isIdle() {
        return answers == null || answers.isIdle();
    }

    /** The server is asked to end what runs here; that may hit whatever comes next. */
    void killing() {
        killing = true;
    }

    /** The server's number of this connection. */
    int connectionId() {
        return entry.login().connectionId();
    }

    @Override
    public long readyAtNanos() {
        return readyAtNanos;
    }

    /** What the session on it is like. */
    SessionShape shape() {
        return shape;
    }

    void hasShape(SessionShape now) {
        shape = now;
    }

    /** What it was like after the log-in, but for the default schema. */
    SessionShape fresh() {
        return fresh;
    }

    /** Which variables the server reports by itself; empty: it was not asked. */
    Optional<String> reported() {
        return reported;
    }

    void reports(String variables) {
        reported = Optional.of(variables);
    }

    /** What is prepared on it. */
    ServerStatements statements() {
        return statements;
    }

    // ------------------------------------------------------------------ lent

    @Override
    public void lendTo(LinkOwner next) {
        owner = next;
        if (next.isClient()) {
            firstUse = !next.equals(lastClient);
            lastClient = next;
        }
    }

    /** Whether nobody else has used it since this one did. */
    boolean wasLastUsedBy(LinkOwner client) {
        return client.equals(lastClient);
    }

    /** True the first time it is asked by one who has it now, and somebody else had it before. */
    boolean takeFirstUse() {
        boolean first = firstUse;
        firstUse = false;
        return first;
    }

    @Override
    public void countsIn(PoolShare<ServerLink> counted, Runnable uncount) {
        share = counted;
        whenClosed = uncount;
    }

    @Override
    public Optional<PoolShare<ServerLink>> countedIn() {
        return Optional.ofNullable(share);
    }

    private void nowClosed() {
        Runnable action = whenClosed;
        whenClosed = () -> {};
        action.run();
    }

    @Override
    public void moveTo(EventLoop loop, Runnable arrived) {
        Channel moving = channel;
        if (moving == null || moving.eventLoop().equals(loop)) {
            loop.execute(arrived);
        } else {
            LoopChange.move(
                    moving,
                    loop,
                    () -> {
                        ended = true;
                        nowClosed();
                    },
                    arrived);
        }
    }

    // ------------------------------------------------------------------ out

    /** Whether the client's file is waited for. */
    boolean wantsFile() {
        return answers != null && answers.wantsFile();
    }

    void fileSent() {
        if (answers != null) {
            answers.fileSent();
        }
    }

    boolean isWritable() {
        return channel != null && channel.isWritable();
    }

    @Override
    public void setReading(boolean reading) {
        if (channel != null && channel.config().isAutoRead() != reading) {
            channel.config().setAutoRead(reading);
        }
    }

    /** Sends a command. Takes the bytes over. */
    void send(Exchange exchange, ByteBuf bytes) {
        Channel mine = channel;
        AnswerReader reader = answers;
        if (mine == null || reader == null || ended) {
            bytes.release();
            return;
        }
        reader.expect(exchange);
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

    /** Statements that nobody needs any more; there is no answer to that. */
    void closeStatements(List<Integer> serverIds) {
        for (int id : serverIds) {
            if (channel != null) {
                send(
                        Exchange.ours(Command.Answer.NONE, _ -> {}),
                        Prepared.closing(channel.alloc(), id));
            }
        }
    }

    /** The client's command whose answer is on its way, or comes after others. */
    @Nullable Exchange clients() {
        return answers == null ? null : answers.clients();
    }

    /** What LAST_INSERT_ID() would answer on it. */
    long insertId() {
        return insertId;
    }

    void hasInsertId(long id) {
        insertId = id;
    }

    /** A statement has given this number to a row; 0: it has not. */
    void gaveInsertId(long id) {
        insertId = id == 0 ? insertId : id;
    }

    /** Says goodbye: nobody needs it any more, and the owner hears nothing more of it. */
    @Override
    public void end() {
        boolean polite = isReady() && isIdle();
        ended = true;
        Channel mine = channel;
        if (mine == null) {
            return;
        }
        if (polite) {
            ByteBuf quit = mine.alloc().buffer(8);
            int at = Packet.begin(quit, 0);
            quit.writeByte(Command.QUIT.code());
            Packet.end(quit, at);
            mine.writeAndFlush(quit);
            if (share != null) {
                // What counts in a limit does so until the server has let it go.
                mine.config().setAutoRead(true);
                mine.eventLoop().schedule(() -> mine.close(), GOODBYE_SECONDS_MAX, SECONDS);
                return;
            }
        }
        mine.close();
    }

    /** It could not be connected. */
    void connectFailed(String why) {
        if (!ended) {
            ended = true;
            owner.unreachable(this, why);
        }
        nowClosed();
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
                    member().name(),
                    member().endpoint(),
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
        while (answers == null && !ended) {
            if (channel == null || !entry.read(channel, in)) {
                return;
            }
        }
        if (answers != null && !ended) {
            answers.read(in);
        }
    }

    /** Encrypts by this; before it is connected. */
    void encryptBy(TlsCaller caller) {
        entry.encryptBy(caller);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
            entry.encrypted(context.channel());
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    private final class Entered implements ServerEntry.Events {
        @Override
        public void entered(OkPacket ok) {
            if (channel != null) {
                begin(channel, ok);
            }
        }

        @Override
        public void refused(ErrorPacket error) {
            ended = true;
            if (channel != null) {
                channel.close();
            }
            owner.refused(ServerLink.this, error);
        }

        @Override
        public void failed(String why) {
            lose(why);
        }
    }

    private void begin(Channel mine, OkPacket ok) {
        answers = new AnswerReader(this, entry.login().capabilities(), mine.alloc());
        readyAtNanos = owner.now();
        boolean autocommit = (ok.status() & ServerStatus.AUTOCOMMIT) != 0;
        fresh = SessionShape.fresh(entry.login().schema(), autocommit);
        shape = fresh;
        owner.ready(this, ok);
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
        nowClosed();
    }

    private void dropRest() {
        if (rest != null) {
            rest.release();
            rest = null;
        }
    }

    /** It is over: it ended, or must, because it cannot be understood. */
    void lose(String why) {
        if (ended) {
            return;
        }
        ended = true;
        if (channel != null) {
            channel.close();
        }
        if (answers != null) {
            owner.lost(this, why);
        } else {
            owner.unreachable(this, why);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("member {}: closed because of a defect", member().name(), cause);
        }
        lose(String.valueOf(cause.getMessage()));
    }

    /** Whether the server says what changes in the session. */
    boolean isTracking() {
        return Capability.has(entry.login().capabilities(), Capability.SESSION_TRACK);
    }
}
