package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import io.shoestring.network.tls.HandshakeWatch;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.ErrorCode;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.SqlState;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * The socket of one client: packets in, to the log-in and then to the {@link Session}, and bytes
 * out. What is not understood ends this connection, with the protocol's own error, and nothing
 * else.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);
    private static final long LOGIN_SECONDS_MAX = 30;
    private static final long GOODBYE_SECONDS_MAX = 5;
    private static final int LOGIN_BYTES_MAX = 1 << 20;

    /** Bytes that a client may send ahead while its last command is answered. */
    private static final int AHEAD_BYTES_MAX = 256 << 10;

    /** Bytes of one command; one that streams, a file of LOAD DATA LOCAL, has no limit. */
    static final int COMMAND_BYTES_MAX = 64 << 20;

    private final MysqlContext context;
    private final Channel channel;
    private final int connectionId;
    private @Nullable ClientLogin login;
    private @Nullable Session session;
    private @Nullable ByteBuf rest;
    private @Nullable ScheduledFuture<?> loginTimer;
    private boolean withinLimit;
    private boolean processing;
    private boolean ending;
    private int lastNumber;

    ClientConnection(MysqlContext context, Channel channel) {
        this.context = context;
        this.channel = channel;
        this.connectionId = context.nextConnectionId();
    }

    /** Our number of this connection, which the client believes to be the server's. */
    int connectionId() {
        return connectionId;
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    ByteBufAllocator allocator() {
        return channel.alloc();
    }

    boolean isWithinLimit() {
        return withinLimit;
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    @Nullable Session session() {
        return session;
    }

    /** The client's address, for people. */
    String host() {
        return channel.remoteAddress() instanceof InetSocketAddress from
                ? from.getAddress().getHostAddress()
                : "";
    }

    int port() {
        return channel.remoteAddress() instanceof InetSocketAddress from ? from.getPort() : 0;
    }

    boolean isEncrypted() {
        return channel.pipeline().get(SslHandler.class) != null;
    }

    /** The number of the next packet in an exchange that goes back and forth. */
    int nextNumber() {
        return (lastNumber + 1) & 0xff;
    }

    /** A packet of ours has taken the next number. */
    void counted() {
        lastNumber++;
    }

    /** What comes after the end goes nowhere. Takes the bytes over. */
    void write(ByteBuf bytes) {
        if (ending) {
            bytes.release();
        } else {
            context.counters().bytesOut.add(bytes.readableBytes());
            channel.write(bytes, channel.voidPromise());
        }
    }

    void flush() {
        channel.flush();
    }

    void setReading(boolean reading) {
        if (channel.config().isAutoRead() != reading) {
            channel.config().setAutoRead(reading);
        }
    }

    /** Tells the client of an error, and goes on. */
    void error(ErrorPacket error, int number) {
        ByteBuf out = allocator().buffer(128);
        error.write(out, number);
        write(out);
        flush();
    }

    void ok(int status, int number) {
        ByteBuf out = allocator().buffer(16);
        OkPacket.plain(status).write(out, number);
        write(out);
        flush();
    }

    void close() {
        ending = true;
        channel.flush();
        channel.close();
    }

    /** Ends the connection with an error. */
    void fail(ErrorPacket error, int number) {
        if (ending) {
            return;
        }
        ending = true;
        if (session != null) {
            session.end();
        }
        // Whoever does not read is not waited for.
        loop().schedule(() -> channel.close(), GOODBYE_SECONDS_MAX, TimeUnit.SECONDS);
        ByteBuf out = allocator().buffer(128);
        error.write(out, number);
        channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
    }

    /** We are going: the client may connect to somebody else. */
    void shutDown() {
        fail(
                new ErrorPacket(
                        ErrorCode.SERVER_SHUTDOWN,
                        SqlState.CONNECTION,
                        "Shoestring is shutting down"),
                0);
    }

    void topologyChanged() {
        if (login != null) {
            guarded(login::topologyChanged);
        }
        if (session != null) {
            session.topologyChanged();
        }
    }

    // ------------------------------------------------------------------ log-in

    @Override
    public void channelActive(ChannelHandlerContext handler) {
        withinLimit = !context.counters().isTooMany(context.config().maxConnections());
        context.counters().sessions.count();
        context.opened(this);
        loginTimer = loop().schedule(() -> refuse(tooLong()), LOGIN_SECONDS_MAX, TimeUnit.SECONDS);
        login = new ClientLogin(context, this);
        guarded(login::begin);
    }

    private ErrorPacket tooLong() {
        String why =
                context.servers().greeting().get().isPresent()
                        ? ""
                        : ": " + context.topology().reason();
        return new ErrorPacket(
                ErrorCode.BAD_HANDSHAKE, SqlState.CONNECTION, "the log-in took too long" + why);
    }

    /** TLS begins with the client's next byte. */
    void beginTls(TlsDoor door) {
        var me = channel.pipeline().context(this).name();
        channel.pipeline()
                .addBefore(me, "tls", door.handler())
                .addBefore(
                        me,
                        "tls-watch",
                        new HandshakeWatch(
                                why -> LOG.info("{}: {}", channel.remoteAddress(), why)));
        ByteBuf ahead = rest;
        if (ahead != null && ahead.isReadable()) {
            rest = null;
            channel.pipeline().fireChannelRead(ahead);
        }
    }

    /** Goes on after something that was waited for. */
    void goOn(Runnable next) {
        if (!ending && channel.isActive()) {
            guarded(next);
            resume();
        }
    }

    void loggedIn(ClientIdentity identity) {
        login = null;
        Session begun = new Session(context, this, identity);
        session = begun;
        begun.begin();
    }

    /** The client is in, and has heard it: what follows is compressed if it wants that. */
    void compressIfAsked(ClientIdentity identity) {
        boolean wanted = Capability.has(identity.capabilities(), Capability.COMPRESS);
        if (wanted && channel.pipeline().get(Compression.class) == null) {
            var me = channel.pipeline().context(this).name();
            channel.pipeline().addBefore(me, "compression", new Compression());
        }
    }

    /** The client is in. */
    void welcomed() {
        if (loginTimer != null) {
            loginTimer.cancel(false);
            loginTimer = null;
        }
    }

    /** Another user comes in by the same connection; the session has ended. */
    void changeUser(ClientLogin next) {
        session = null;
        login = next;
    }

    // ------------------------------------------------------------------ bytes

    @Override
    public void channelRead(ChannelHandlerContext handler, Object message) {
        ByteBuf in = (ByteBuf) message;
        context.counters().bytesIn.add(in.readableBytes());
        if (ending) {
            in.release();
            return;
        }
        rest = rest == null ? in : appended(rest, in);
        process();
    }

    /** What comes byte for byte must not be copied again with each byte. */
    private ByteBuf appended(ByteBuf before, ByteBuf in) {
        ByteBuf both = before;
        if (before.refCnt() > 1 || before.writableBytes() < in.readableBytes()) {
            both = allocator().buffer(2 * (before.readableBytes() + in.readableBytes()));
            both.writeBytes(before);
            before.release();
        }
        both.writeBytes(in);
        in.release();
        return both;
    }

    /** Goes on with what the client has sent already, and reads on. */
    void resume() {
        if (!processing) {
            process();
        }
    }

    private void process() {
        processing = true;
        try {
            guarded(this::readAll);
        } finally {
            processing = false;
            if (rest != null && (ending || !rest.isReadable())) {
                rest.release();
                rest = null;
            }
        }
        if (!ending) {
            setReading(
                    rest == null
                            || rest.readableBytes() < AHEAD_BYTES_MAX
                            || (session != null && session.isReading()));
        }
    }

    private void readAll() {
        boolean progress = true;
        while (progress && !ending && rest != null) {
            progress = login != null ? readLogin(rest) : readCommand(rest);
        }
    }

    private boolean readLogin(ByteBuf in) {
        int at = in.readerIndex();
        if (login == null || !login.isReading() || in.readableBytes() < Packet.HEADER_BYTES) {
            return false;
        }
        int length = Packet.length(in, at);
        if (length > LOGIN_BYTES_MAX) {
            throw new MysqlViolation(
                    ErrorCode.BAD_HANDSHAKE,
                    "a packet of the log-in has " + length + " bytes; at most " + LOGIN_BYTES_MAX);
        }
        if (in.readableBytes() < Packet.HEADER_BYTES + length) {
            return false;
        }
        lastNumber = Packet.number(in, at);
        in.skipBytes(Packet.HEADER_BYTES + length);
        login.read(in, at + Packet.HEADER_BYTES, length);
        return true;
    }

    /** A whole command, in as many packets as it takes. */
    private boolean readCommand(ByteBuf in) {
        Session mine = session;
        if (mine == null || !mine.isReading()) {
            return false;
        }
        if (mine.wantsFile()) {
            return mine.readFile(in);
        }
        int whole = wholeCommand(in);
        if (whole == 0) {
            return false;
        }
        lastNumber = 0;
        mine.command(in.readRetainedSlice(whole));
        return true;
    }

    /** How many bytes the next command has; 0: it is not there as a whole. */
    private int wholeCommand(ByteBuf in) {
        int at = in.readerIndex();
        int expected = 0;
        while (true) {
            if (in.writerIndex() - at < Packet.HEADER_BYTES) {
                return 0;
            }
            int length = Packet.length(in, at);
            if (Packet.number(in, at) != (expected & 0xff)) {
                throw new MysqlViolation(ErrorCode.OUT_OF_ORDER, "Got packets out of order");
            }
            if (expected == 0 && length == 0) {
                throw new MysqlViolation("a command has no byte");
            }
            int next = at + Packet.HEADER_BYTES + length;
            if (next - in.readerIndex() > COMMAND_BYTES_MAX) {
                throw new MysqlViolation(
                        ErrorCode.PACKET_TOO_LARGE,
                        "a command has more than " + COMMAND_BYTES_MAX + " bytes");
            }
            if (next > in.writerIndex()) {
                return 0;
            }
            at = next;
            expected++;
            if (length < Packet.PAYLOAD_MAX) {
                return at - in.readerIndex();
            }
        }
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (MysqlViolation violation) {
            LOG.info(
                    "{}: closed after malformed bytes: {}",
                    channel.remoteAddress(),
                    violation.getMessage());
            refuse(violation.toError());
        }
    }

    /** The client is not let in, or is not understood. */
    void refuse(ErrorPacket error) {
        context.counters().refused.increment();
        fail(error, login == null ? 1 : nextNumber());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext handler) {
        if (session != null) {
            session.clientWritabilityChanged(channel.isWritable());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext handler) {
        ending = true;
        if (loginTimer != null) {
            loginTimer.cancel(false);
        }
        context.counters().clients.decrementAndGet();
        context.closed(this);
        if (session != null) {
            session.end();
        }
        if (!processing && rest != null) {
            rest.release();
            rest = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext handler, Throwable cause) {
        if (cause instanceof MysqlViolation violation) {
            guarded(
                    () -> {
                        throw violation;
                    });
            return;
        }
        if (cause instanceof IOException) {
            LOG.debug("{}: {}", channel.remoteAddress(), cause.toString());
        } else {
            LOG.error("{}: closed because of a defect", channel.remoteAddress(), cause);
        }
        handler.close();
    }
}
