package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.ScheduledFuture;
import io.shoestring.network.proxyheader.ClientAddress;
import io.shoestring.protocol.postgresql.BackendMessages;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.ProtocolViolation;
import io.shoestring.protocol.postgresql.SqlState;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The socket of one client: bytes in, to the log-in and then to the {@link ClientReader}; bytes
 * out, in one flush for what was read at once. What is not understood ends this connection, with
 * the protocol's own error, and nothing else.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);
    private static final long LOGIN_SECONDS_MAX = 30;
    private static final long GOODBYE_SECONDS_MAX = 5;

    private final Entrance listener;
    private final Channel channel;
    private final TlsAtDoor encryption;
    private ListenerCounters counters;
    private @Nullable ClientLogin login;
    private @Nullable Session session;
    private @Nullable ClientReader reader;
    private @Nullable Console console;
    private @Nullable ByteBuf rest;
    private @Nullable ScheduledFuture<?> loginTimer;
    private boolean withinLimit;
    private boolean processing;
    private boolean ending;
    private @Nullable String countedUser;
    private long cancelKey;
    private long connectedNanos;

    ClientConnection(Entrance listener, Channel channel) {
        this.listener = listener;
        this.counters = listener.main().counters();
        this.channel = channel;
        this.encryption = new TlsAtDoor(listener.tls(), channel);
        this.login = new ClientLogin(listener, this);
    }

    TlsAtDoor encrypts() {
        return encryption;
    }

    /** Whether the client takes what it is sent. */
    boolean isWritable() {
        return channel.isWritable();
    }

    boolean isOpen() {
        return channel.isActive();
    }

    /** Tells it from others, for people. */
    long id() {
        return Integer.toUnsignedLong(System.identityHashCode(this));
    }

    /** When it connected. */
    long connectedNanos() {
        return connectedNanos;
    }

    /** Where the client is, perhaps behind a proxy. */
    InetAddress address() {
        return ClientAddress.of(channel).getAddress();
    }

    Census.Socket remote() {
        return socket(ClientAddress.of(channel));
    }

    Census.Socket local() {
        return socket(ClientAddress.destinationOf(channel));
    }

    /** For people; nothing known: an empty address. */
    static Census.Socket socket(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress known
                ? new Census.Socket(known.getAddress().getHostAddress(), known.getPort())
                : new Census.Socket("", 0);
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

    /** Whether it has logged in to a server's database, and as one of these. */
    boolean isOf(Predicate<PoolKey.Login> which) {
        return session != null && which.test(session.login());
    }

    Optional<Session> session() {
        return Optional.ofNullable(session);
    }

    /** What comes after the end goes nowhere. Takes the bytes over. */
    void write(ByteBuf bytes) {
        if (ending) {
            bytes.release();
        } else {
            counters.bytesOut.add(bytes.readableBytes());
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

    void close() {
        ending = true;
        channel.flush();
        channel.close();
    }

    /** Ends the connection with an error in the protocol's own words. */
    void fail(ErrorFields error) {
        if (ending) {
            return;
        }
        ending = true;
        if (session != null) {
            session.end();
        }
        // Whoever does not read is not waited for.
        loop().schedule(() -> channel.close(), GOODBYE_SECONDS_MAX, TimeUnit.SECONDS);
        ErrorFields last =
                error.isFatal()
                        ? error
                        : new ErrorFields(
                                "FATAL",
                                error.sqlState(),
                                error.message(),
                                error.detail(),
                                error.hint());
        channel.writeAndFlush(Answers.error(allocator(), last))
                .addListener(ChannelFutureListener.CLOSE);
    }

    /** We are going: the client may connect to somebody else. */
    void shutDown() {
        fail(
                ErrorFields.fatal(
                        SqlState.ADMIN_SHUTDOWN,
                        "terminating connection because Shoestring is shutting down"));
    }

    /**
     * Throws the next bytes of the client away: they belong to a request that was answered already.
     */
    void skip(long bytes) {
        if (bytes > 0 && reader != null) {
            reader.skip(bytes);
        }
    }

    /** Whether a server has got only the first part of what the client sends. */
    boolean isInsideMessage() {
        return reader != null && reader.isInsideMessage();
    }

    // ------------------------------------------------------------------ log-in

    @Override
    public void channelActive(ChannelHandlerContext context) {
        withinLimit = listener.enters();
        listener.opened(this);
        connectedNanos = listener.clock().nanos();
        loginTimer = loop().schedule(this::loginTimedOut, LOGIN_SECONDS_MAX, TimeUnit.SECONDS);
    }

    private void loginTimedOut() {
        loginTimer = null;
        refuse(
                ErrorFields.fatal(
                        SqlState.INVALID_AUTHORIZATION_SPECIFICATION, "the log-in took too long"));
    }

    /** Goes on after a look-up of the log-in. */
    void lookedUp(Runnable next) {
        if (ending || !channel.isActive()) {
            return;
        }
        guarded(next);
        resume();
    }

    /**
     * The log-in is done.
     *
     * @param context of the database that the client is led to
     */
    void loggedIn(ListenerContext context, ClientIdentity identity) {
        endLoginTimer();
        login = null;
        if (listener.isForConsole(identity.login())) {
            beginConsole(identity);
            return;
        }
        if (listener.gates().isDisabled(identity.login().database())) {
            throw new ClientLogin.LoginRefused(
                    ErrorFields.fatal(
                                    SqlState.CANNOT_CONNECT_NOW,
                                    "database \"" + identity.login().database() + "\" is disabled")
                            .withHint("ENABLE on the listener's console ends that."));
        }
        counters = context.counters();
        counters.sessions.count();
        counters.mostClients.accumulate(counters.clients.incrementAndGet());
        countedUser = identity.user();
        listener.limits()
                .enter(countedUser, listener.config())
                .ifPresent(
                        tooMany -> {
                            throw new ClientLogin.LoginRefused(tooMany);
                        });
        Session begun = new Session(context, this, identity);
        session = begun;
        reader = new ClientReader(begun);
        begun.begin();
    }

    private void beginConsole(ClientIdentity identity) {
        String allowed = listener.config().console().orElseThrow();
        if (!identity.user().equals(allowed)) {
            throw new ClientLogin.LoginRefused(
                    ErrorFields.fatal(
                                    SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                                    "role \"" + identity.user() + "\" may not use the console")
                            .withHint("'console' of the listener names the role that may."));
        }
        Console begun = new Console(listener, this);
        console = begun;
        begun.begin(identity);
    }

    private void endLoginTimer() {
        if (loginTimer != null) {
            loginTimer.cancel(false);
            loginTimer = null;
        }
    }

    /** The session has its server: the client learns its settings, and that it may begin. */
    void welcome(Map<String, String> parameters, ClientIdentity identity) {
        cancelKey = listener.cancellations().register(this);
        ByteBuf out = allocator().buffer(512);
        parameters.forEach((name, value) -> BackendMessages.parameterStatus(out, name, value));
        identity.known().begin(parameters);
        BackendMessages.backendKeyData(out, (int) (cancelKey >>> 32), (int) cancelKey);
        BackendMessages.readyForQuery(out, (byte) 'I');
        write(out);
        flush();
    }

    // ------------------------------------------------------------------ bytes

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        counters.bytesIn.add(in.readableBytes());
        if (ending) {
            in.release();
            return;
        }
        if (rest == null) {
            rest = in;
        } else {
            rest = appended(rest, in);
        }
        if (login != null && encryption.isPossible() && TlsAtDoor.beginsHandshake(rest)) {
            ByteBuf hello = rest;
            rest = null;
            encryption.beginWith(hello);
        } else {
            process();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent done
                && done.isSuccess()
                && encryption.isForAnotherProtocol()) {
            refuse(
                    ErrorFields.fatal(
                            SqlState.PROTOCOL_VIOLATION,
                            "the connection began with TLS, and without the protocol"
                                    + " \"postgresql\" in ALPN"));
        }
        context.fireUserEventTriggered(event);
    }

    /** What comes byte for byte must not be copied again with each byte. */
    private ByteBuf appended(ByteBuf before, ByteBuf in) {
        ByteBuf both = before;
        if (before.refCnt() > 1 || before.writableBytes() < in.readableBytes()) {
            int needed = before.readableBytes() + in.readableBytes();
            both = allocator().buffer(2 * needed);
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
            if (session != null) {
                session.flushServers();
            }
        }
        if (session == null || session.isReading()) {
            setReading(true);
        }
    }

    private void process() {
        processing = true;
        try {
            guarded(this::readAll);
        } finally {
            processing = false;
            dropEmptyRest();
        }
    }

    private void readAll() {
        boolean progress = true;
        while (progress && !ending && rest != null) {
            progress = readOne(rest);
        }
    }

    private boolean readOne(ByteBuf in) {
        if (login != null) {
            return login.read(in);
        }
        return console != null ? console.read(in) : reader != null && reader.read(in);
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (ProtocolViolation violation) {
            LOG.info(
                    "{}: closed after malformed bytes: {}",
                    channel.remoteAddress(),
                    violation.getMessage());
            refuse(violation.toErrorFields());
        } catch (ClientLogin.LoginRefused refused) {
            LOG.info("{}: refused: {}", ClientAddress.of(channel), refused.getMessage());
            refuse(refused.error());
        }
    }

    private void refuse(ErrorFields error) {
        counters.refused.increment();
        fail(error);
    }

    private void dropEmptyRest() {
        if (rest != null && (ending || !rest.isReadable())) {
            rest.release();
            rest = null;
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (session != null) {
            session.flushServers();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (session != null) {
            session.clientWritabilityChanged(channel.isWritable());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ending = true;
        endLoginTimer();
        listener.leaves();
        if (countedUser != null) {
            listener.limits().leave(countedUser);
            counters.clients.decrementAndGet();
        }
        listener.closed(this);
        listener.cancellations().unregister(cancelKey);
        if (session != null) {
            session.end();
        }
        if (!processing) {
            dropEmptyRest();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("{}: {}", channel.remoteAddress(), cause.toString());
        } else {
            LOG.error("{}: closed because of a defect", channel.remoteAddress(), cause);
        }
        context.close();
    }
}
