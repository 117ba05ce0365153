package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberSpec;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.MessageHeader;
import io.shoestring.protocol.postgresql.ProtocolViolation;
import io.shoestring.proxy.Complaints;
import io.shoestring.proxy.pool.LoopChange;
import io.shoestring.proxy.pool.PoolShare;
import io.shoestring.proxy.pool.PooledLink;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One connection to a server, on the event loop of the client that it serves: from the connect over
 * the log-in to its end. Bytes out go as they are given; bytes in the {@link ServerInput} cuts into
 * messages, of which the {@link ServerLogin} gets the first and the {@link AnswerReader} the rest.
 */
final class ServerLink extends ChannelInboundHandlerAdapter
        implements PooledLink<ServerLink, LinkOwner> {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLink.class);
    private static final long LOGIN_SECONDS_MAX = 5;
    private static final long GOODBYE_SECONDS_MAX = 1;

    private final PoolKey key;
    private final ServerLogin login;
    private final Complaints complaints;
    private final Conversation conversation;
    private final AnswerGate gate;
    private final AnswerTap tap = new AnswerTap();
    private final AnswerReader answers;
    private final ServerInput input;

    private LinkOwner owner;
    private Runnable whenClosed = () -> {};
    private @Nullable PoolShare<ServerLink> share;
    private @Nullable Channel channel;
    private @Nullable ScheduledFuture<?> loginTimer;
    private @Nullable String complaint;
    private long readyAtNanos;
    private boolean closed;
    private boolean unflushed;
    private boolean used;
    private boolean canceling;
    private boolean garbled;
    private int settingsApplied;
    private @Nullable SessionState settingsOf;

    ServerLink(
            LinkOwner owner,
            PoolKey key,
            ServerLogin login,
            Complaints complaints,
            Conversation conversation) {
        this.conversation = conversation;
        this.owner = owner;
        this.key = key;
        this.login = login;
        this.complaints = complaints;
        this.gate = new AnswerGate(bytes -> this.owner.toClient(bytes));
        this.answers = new AnswerReader(this, conversation, gate, tap);
        this.input = new ServerInput(this, gate, answers);
    }

    LinkOwner owner() {
        return owner;
    }

    /** From now on somebody else uses it, of whom it knows nothing yet. */
    @Override
    public void lendTo(LinkOwner next) {
        owner = next;
        used = false;
        conversation.prepared().lent();
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

    /**
     * It counts in a limit.
     *
     * @param uncount what to do, once, when it is closed or could not be opened
     */
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

    /** It could not be opened. */
    void connectFailed() {
        closed = true;
        owner.connectFailed(this);
        nowClosed();
    }

    /** Whether it may be used by somebody else now. */
    @Override
    public boolean isFit() {
        return isUsable() && conversation.isFree() && !canceling && !isInsideMessage();
    }

    /** The server is asked to cancel what runs here; that may hit whatever comes next. */
    void canceling() {
        canceling = true;
    }

    /** Whether that was asked. */
    boolean isCanceling() {
        return canceling;
    }

    ServerLogin login() {
        return login;
    }

    Conversation conversation() {
        return conversation;
    }

    AnswerGate gate() {
        return gate;
    }

    AnswerTap tap() {
        return tap;
    }

    /** What the server said when it ended the connection. */
    Optional<ErrorFields> farewell() {
        return answers.fatal();
    }

    /** Whether what it sent was not understood: what of it the client has got is not certain. */
    boolean isGarbled() {
        return garbled;
    }

    /** Whether it is, or is to be, closed. */
    boolean isClosed() {
        return closed;
    }

    @Override
    public boolean isUsable() {
        return login.isDone() && !closed;
    }

    void readyAt(long nanos) {
        readyAtNanos = nanos;
    }

    /** When it was ready for its first request. */
    @Override
    public long readyAtNanos() {
        return readyAtNanos;
    }

    /** True the first time it is asked. */
    boolean takeFirstUse() {
        boolean first = !used;
        used = true;
        return first;
    }

    /** Up to which version of these settings it has them. */
    int settingsApplied(SessionState settings) {
        return settings.equals(settingsOf) ? settingsApplied : 0;
    }

    void settingsAppliedUpTo(SessionState settings, int version) {
        settingsOf = version == 0 ? null : settings;
        settingsApplied = version;
    }

    /** Whether it has settings of somebody else. */
    boolean hasSettingsOfOthers(SessionState settings) {
        return settingsOf != null && !settings.equals(settingsOf);
    }

    /** Whether the client has got only the first part of a message. */
    boolean isInsideMessage() {
        return input.isInsideMessage();
    }

    /** Why it has ended, for people. */
    String lossReason() {
        return "member "
                + member().name()
                + " ("
                + member().endpoint()
                + ") "
                + (complaint == null ? "closed the connection" : complaint)
                + answers.fatal().map(error -> ", saying: " + error.message()).orElse("");
    }

    /** For the console; {@code client}: who has it, 0 if nobody. */
    Census.ServerRow row(DatabaseName cluster, String state, long client) {
        return new Census.ServerRow(
                key.login(),
                new Census.Place(cluster, key.databaseAtServers()),
                login.isDone() ? state : Census.LOGIN,
                member().name().value(),
                new Census.Socket(member().endpoint().host(), member().endpoint().port()),
                ClientConnection.socket(channel == null ? null : channel.localAddress()),
                readyAtNanos,
                id(),
                client,
                login.processId(),
                channel == null ? "" : TlsAtDoor.words(channel),
                login.parameters().getOrDefault("application_name", ""),
                conversation.prepared().size());
    }

    /** Tells it from others, for people. */
    long id() {
        return Integer.toUnsignedLong(System.identityHashCode(this));
    }

    // ------------------------------------------------------------------ out

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

    boolean isWritable() {
        return channel == null || channel.isWritable();
    }

    @Override
    public void setReading(boolean reading) {
        if (channel != null) {
            channel.config().setAutoRead(reading);
        }
    }

    /**
     * Moves it, while nothing is on its way, to another event loop.
     *
     * @param arrived runs there when it has arrived, also if it was closed meanwhile
     */
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
                        closed = true;
                        nowClosed();
                    },
                    arrived);
        }
    }

    /** Says goodbye: nobody needs it any more. */
    @Override
    public void end() {
        if (channel != null && login.isDone() && !closed) {
            channel.writeAndFlush(Requests.terminate(channel.alloc()));
            if (share != null) {
                awaitGoodbye(channel);
                return;
            }
        }
        close();
    }

    /** What counts in a limit does so until the server has let it go. */
    private void awaitGoodbye(Channel leaving) {
        closed = true;
        leaving.config().setAutoRead(true);
        leaving.eventLoop().schedule(() -> leaving.close(), GOODBYE_SECONDS_MAX, TimeUnit.SECONDS);
    }

    void close() {
        closed = true;
        if (channel != null) {
            channel.close();
        }
    }

    // ------------------------------------------------------------------ connect and log-in

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

    /** It is not encrypted as it has to be, and closed for that. */
    void encryptionFailed(String clause) {
        complain(clause);
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
        complaints.about(member(), text);
    }

    /** A message of the log-in, which begins at {@code at} and ends where the reader is. */
    void readLogin(byte type, ByteBuf in, int at) {
        int body = at + MessageHeader.BYTES;
        gate.skipTo(in);
        if (login.read(type, in, body, in.readerIndex() - body)) {
            endLoginTimer();
            owner.ready(this);
            return;
        }
        Optional<ErrorFields> failure = login.failure();
        if (failure.isPresent()) {
            if (Answers.passes(failure.get())) {
                complain("refuses a log-in: " + failure.get().message());
            }
            close();
        }
    }

    // ------------------------------------------------------------------ in

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            input.take(context.alloc(), (ByteBuf) message);
        } catch (ProtocolViolation violation) {
            garbled = true;
            complain("sent what is not PostgreSQL's protocol: " + violation.getMessage());
            close();
        }
    }

    // ------------------------------------------------------------------ events

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        owner.flushClient();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        owner.writabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!closed && !login.isDone() && complaint == null) {
            complain("closes connections during the log-in");
        }
        closed = true;
        endLoginTimer();
        gate.drop();
        input.drop();
        owner.closed(this);
        nowClosed();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("{}: {}", member().endpoint(), cause.toString());
        } else {
            LOG.error(
                    "the connection to {} is closed because of a defect",
                    member().endpoint(),
                    cause);
        }
        context.close();
    }
}
