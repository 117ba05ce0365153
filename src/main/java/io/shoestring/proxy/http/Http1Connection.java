package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.network.Abrupt;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.protocol.http.RequestHead;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;

/**
 * The socket of one client that speaks HTTP/1. Its requests are served one after the other, however
 * many of them come at once. What is not understood is answered, and ends this connection and
 * nothing else.
 */
final class Http1Connection extends ChannelInboundHandlerAdapter implements Asker, ClientSocket {
    private static final Logger LOG = LoggerFactory.getLogger(Http1Connection.class);

    private enum Phase {
        /** Between requests, or in a head. */
        HEAD,
        EXCHANGE,
        /** Bytes go to and fro, whatever they mean. */
        TUNNEL,
        /** The last answer is given; what still comes is thrown away. */
        LINGER,
        CLOSED
    }

    private final Peer peer;
    private final HttpContext context;
    private final Channel channel;
    private final Outgoing out;
    private Phase phase = Phase.HEAD;
    private @Nullable ByteBuf in;
    private @Nullable Exchange exchange;
    private boolean processing;
    private boolean fresh = true;
    private boolean inHead;
    private long sinceNanos;

    Http1Connection(Peer peer) {
        this.peer = peer;
        this.context = peer.context();
        this.channel = peer.channel();
        this.out = new Outgoing(channel, context.counters().bytesOut);
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public String requestLine(RequestHead asked) {
        return asked.line();
    }

    @Override
    public RequestRelay requestRelay(RequestHead asked) {
        return RequestRelay.ofConnection(asked);
    }

    @Override
    public AnswerRelay answerRelay(RequestHead asked) {
        return new Http1Answer(channel, out, asked);
    }

    @Override
    public long bytes() {
        return out.bytes();
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void flush() {
        out.flush();
    }

    // ------------------------------------------------------------------ bytes in

    @Override
    public void channelActive(ChannelHandlerContext handler) {
        sinceNanos = context.now();
        peer.state().add(this);
        if (context.counters().isTooMany(context.config().maxConnections())) {
            context.counters().tooMany.increment();
            if (peer.isSecured()) {
                // Who has not shaken hands yet cannot be told anything.
                cutOff();
                return;
            }
            refuse(503, "too many connections", "max-connections are open", 1);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext handler, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (phase == Phase.LINGER || phase == Phase.CLOSED) {
            bytes.release();
            return;
        }
        context.counters().bytesIn.add(bytes.readableBytes());
        in = in == null ? bytes : Appended.to(in, bytes, channel.alloc());
        process();
    }

    // ------------------------------------------------------------------ HTTP/2

    @Override
    public void userEventTriggered(ChannelHandlerContext handler, Object event) {
        if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls != null && HttpSetup.isHttp2(tls.applicationProtocol())) {
                becomeHttp2();
            }
        }
        handler.fireUserEventTriggered(event);
    }

    /**
     * Whether these bytes are the beginning of HTTP/2, where that is spoken without TLS; then it is
     * its reader's from here on, which says so if the rest is something else.
     */
    private boolean beginsHttp2(ByteBuf bytes) {
        if (peer.isSecured()
                || context.config().http2() != HttpListenerConfig.Http2.ALWAYS
                || !Http2Limits.isPreface(bytes)) {
            return false;
        }
        becomeHttp2();
        return true;
    }

    /** Leaves the socket to whoever speaks HTTP/2. */
    private void becomeHttp2() {
        ByteBuf begun = in;
        in = null;
        phase = Phase.CLOSED;
        peer.state().remove(this);
        Http2Client next = new Http2ClientBuilder(peer).connect();
        channel.pipeline().replace(this, null, next);
        if (begun != null) {
            next.begin(begun);
        }
    }

    /** Goes on with what has been sent already; flushes what comes of it. */
    @Override
    public void resume() {
        if (!processing) {
            process();
            flushServer();
        }
    }

    private void process() {
        if (processing) {
            return;
        }
        processing = true;
        try {
            while (step()) {}
        } catch (HttpViolation violation) {
            violated(violation);
        } finally {
            processing = false;
            tidy();
        }
    }

    private boolean step() {
        ByteBuf bytes = in;
        if (bytes == null || !bytes.isReadable()) {
            return false;
        }
        return switch (phase) {
            case HEAD -> channel.isWritable() && readHead(bytes);
            case EXCHANGE -> exchange != null && exchange.takeBody(bytes);
            case TUNNEL -> exchange != null && exchange.takeTunnelled(bytes);
            case LINGER, CLOSED -> false;
        };
    }

    private boolean readHead(ByteBuf bytes) {
        if (fresh && beginsHttp2(bytes)) {
            return false;
        }
        RequestHead head = peer.state().request();
        if (!head.read(bytes)) {
            if (!inHead) {
                inHead = true;
                sinceNanos = context.now();
            }
            return false;
        }
        long beganNanos = inHead ? sinceNanos : context.now();
        inHead = false;
        fresh = false;
        phase = Phase.EXCHANGE;
        context.counters().requests.count();
        Exchange begun = new Exchange(this, head, beganNanos);
        exchange = begun;
        begun.begin(head);
        return true;
    }

    /** Lets go of what was read, and reads no more than there is use for. */
    private void tidy() {
        if (in != null && (!in.isReadable() || phase == Phase.LINGER || phase == Phase.CLOSED)) {
            in.release();
            in = null;
        }
        boolean wantsMore =
                in == null
                        ? exchange == null || exchange.takesMore()
                        : phase == Phase.HEAD && channel.isWritable();
        setReading(wantsMore);
    }

    void setReading(boolean reading) {
        if (channel.config().isAutoRead() != reading) {
            channel.config().setAutoRead(reading);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext handler) {
        flushServer();
        out.flush();
    }

    private void flushServer() {
        if (exchange != null) {
            exchange.flushServer();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext handler) {
        if (!channel.isWritable()) {
            return;
        }
        if (exchange != null) {
            exchange.clientWritable();
        }
        resume();
    }

    // ------------------------------------------------------------------ the exchange's end

    /** The answer to a request is complete. */
    @Override
    public void exchangeDone(boolean persists) {
        exchange = null;
        phase = Phase.HEAD;
        sinceNanos = context.now();
        if (!persists) {
            finish();
        } else if (in != null) {
            resume();
            out.flush();
        } else {
            setReading(true);
        }
    }

    /** Both sides have agreed to speak something else from here on. */
    @Override
    public void tunnel() {
        phase = Phase.TUNNEL;
    }

    /** An answer of our own, before anything of another one was sent. */
    @Override
    public void answer(ErrorPage page, boolean closes, boolean toHead) {
        ByteBuf bytes = channel.alloc().directBuffer(512);
        context.setup().files().pages().dressed(page).writeTo(bytes, closes, toHead);
        context.counters().answers(page.status()).increment();
        context.counters().own.increment();
        out.drop();
        out.begin(bytes);
        out.end();
        if (!processing) {
            out.flush();
        }
    }

    private void violated(HttpViolation violation) {
        Exchange begun = exchange;
        if (begun != null) {
            begun.bodyViolated(violation);
            return;
        }
        context.counters().malformed.increment();
        refuse(violation.status(), String.valueOf(violation.getMessage()), "refused", 0);
    }

    private void refuse(int status, String sentence, String why, int retryAfterSeconds) {
        String id = context.nextRequestId();
        context.notices()
                .tell(
                        "%s: %s: %d, %s, request id %s"
                                .formatted(peer.address(), why, status, sentence, id));
        long before = out.bytes();
        answer(new ErrorPage(status, sentence, id, retryAfterSeconds), true, false);
        leaveLine(status, id, out.bytes() - before);
        finish();
    }

    /** Of what never was a request. */
    private void leaveLine(int status, String id, long bytes) {
        var trail = new Trail(inHead ? sinceNanos : context.now());
        trail.status = status;
        trail.id = id;
        trail.bytes = bytes;
        trail.ending = status == 408 ? "cR" : "PR";
        peer.leaveLine(trail);
    }

    /**
     * Closes in good order: everything that was written goes out, the client hears that nothing
     * more will come, and has a moment to hear it before its own bytes make the kernel reset the
     * connection.
     */
    @Override
    public void finish() {
        if (phase == Phase.LINGER || phase == Phase.CLOSED) {
            return;
        }
        exchange = null;
        phase = Phase.LINGER;
        sinceNanos = context.now();
        setReading(true);
        out.flush();
        HalfClose.of(channel);
        if (!processing) {
            tidy();
        }
    }

    /** Cuts the client off: it must not take what it has for a whole answer. */
    @Override
    public void cutOff() {
        Abrupt.close(channel);
    }

    @Override
    public void count(List<Exchange> all) {
        if (exchange != null) {
            all.add(exchange);
        }
    }

    /** We are going: the answer that is on its way is the last one. */
    @Override
    public void shutDown() {
        if (phase == Phase.HEAD || phase == Phase.TUNNEL) {
            channel.close();
        }
    }

    // ------------------------------------------------------------------ deadlines and the end

    @Override
    public void checkDeadlines(long now) {
        HttpSettings settings = context.settings();
        long passed = now - sinceNanos;
        switch (phase) {
            case HEAD -> checkHead(passed, settings);
            case EXCHANGE, TUNNEL -> {
                if (exchange != null) {
                    exchange.checkDeadlines(now);
                }
            }
            case LINGER -> {
                if (passed > settings.linger().toNanos()) {
                    channel.close();
                }
            }
            case CLOSED -> {}
        }
    }

    private void checkHead(long passed, HttpSettings settings) {
        if (inHead && passed > settings.head().toNanos()) {
            context.counters().late.increment();
            refuse(408, "the request's header did not come in time", "given up", 0);
        } else if (!inHead && passed > (fresh ? settings.head() : settings.keepAlive()).toNanos()) {
            // Who has said nothing is told nothing: browsers open connections that they never use.
            channel.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext handler) {
        phase = Phase.CLOSED;
        context.counters().clients.decrementAndGet();
        peer.state().remove(this);
        Exchange begun = exchange;
        exchange = null;
        if (begun != null) {
            begun.clientGone();
        }
        out.drop();
        if (!processing && in != null) {
            in.release();
            in = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext handler, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("{}: {}", channel.remoteAddress(), cause.toString());
        } else {
            LOG.error("{}: closed because of a defect", channel.remoteAddress(), cause);
        }
        handler.close();
    }
}
