package io.shoestring.proxy.http;

import static java.util.Locale.ROOT;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.shoestring.protocol.http.Http2Head;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.protocol.http.WebSocketKey;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One stream of HTTP/2 (RFC 9113 section 5): a request and its answer. Of a body that no server
 * takes yet it keeps as much as the stream's window lets the client send.
 */
final class Http2Request implements Asker {
    private static final int MALFORMED = 400;

    private final Http2Client client;
    private final Peer peer;
    private final Http2Stream stream;
    private @Nullable Exchange exchange;
    private @Nullable ByteBuf pending;
    private @Nullable ByteBuf trailers;
    private @Nullable ChannelFuture ending;
    private boolean received;
    private boolean asksForTunnel;
    private boolean tunnelled;
    private boolean processing;
    private boolean closed;
    private long bytes;
    private long doneNanos;

    Http2Request(Http2Client client, Http2Stream stream) {
        this.client = client;
        this.peer = client.peer();
        this.stream = stream;
    }

    // ------------------------------------------------------------------ what comes

    /** The header is there: the request begins. */
    void begin(Http2Headers headers, boolean ends) {
        received = ends;
        peer.context().counters().requests.count();
        try {
            RequestHead head = read(headers, ends);
            asksForTunnel = head.asksForUpgrade();
            var begun = new Exchange(this, head, peer.context().now());
            exchange = begun;
            begun.begin(head);
        } catch (HttpViolation violation) {
            refuse(violation);
        }
    }

    private RequestHead read(Http2Headers headers, boolean ends) {
        RequestHead head = peer.state().request();
        ByteBuf block = peer.channel().alloc().heapBuffer(1_024);
        try {
            Http2Head.writeRequest(block, headers, ends, Http2Request::webSocketKey);
            if (!head.read(block)) {
                throw new IllegalStateException("a head without an end");
            }
        } finally {
            block.release();
        }
        if (ends && head.contentLength() > 0) {
            throw new HttpViolation(MALFORMED, "the body is shorter than its length");
        }
        return head;
    }

    private static String webSocketKey() {
        return WebSocketKey.random(ThreadLocalRandom.current());
    }

    /** What cannot be read as a request has no answer but the stream's end. */
    private void refuse(HttpViolation violation) {
        HttpContext context = peer.context();
        String id = context.nextRequestId();
        String sentence = String.valueOf(violation.getMessage());
        int status = violation.status();
        context.counters().malformed.increment();
        context.notices()
                .tell(
                        "%s: refused: %d, %s, request id %s"
                                .formatted(peer.address(), status, sentence, id));
        if (status == MALFORMED) {
            reset(Http2Error.PROTOCOL_ERROR);
        } else {
            answer(new ErrorPage(status, sentence, id, 0), false, false);
            exchangeDone(true);
        }
        var trail = new Trail(context.now());
        trail.status = status;
        trail.id = id;
        trail.bytes = bytes;
        trail.ending = "PR";
        peer.leaveLine(trail);
    }

    /**
     * A piece of the body.
     *
     * @return how many bytes of it need no longer be counted against the client's window
     */
    int data(ByteBuf data, boolean ends) {
        received = ends;
        int length = data.readableBytes();
        if (exchange == null) {
            return length;
        }
        if (length > 0) {
            ByteBuf more = data.retainedSlice();
            ByteBuf before = pending;
            pending = before == null ? more : Appended.to(before, more, peer.channel().alloc());
        }
        resume();
        return 0;
    }

    /** The fields behind the body. */
    void trailers(Http2Headers headers) {
        received = true;
        if (exchange == null) {
            return;
        }
        if (asksForTunnel) {
            violated(new HttpViolation(MALFORMED, "a header within a tunnel"));
            return;
        }
        ByteBuf block = peer.channel().alloc().heapBuffer(256);
        try {
            Http2Head.writeTrailers(block, headers);
            trailers = block;
        } catch (HttpViolation violation) {
            block.release();
            violated(violation);
            return;
        }
        resume();
    }

    @Override
    public void resume() {
        if (processing) {
            return;
        }
        processing = true;
        try {
            passOn();
        } catch (HttpViolation violation) {
            violated(violation);
        } finally {
            processing = false;
        }
        if (exchange != null) {
            client.flushServerOf(this);
        }
    }

    private void passOn() {
        if (asksForTunnel) {
            passTunnelled();
            return;
        }
        ByteBuf in = pending;
        Exchange current = exchange;
        if (in != null && current != null) {
            int before = in.readableBytes();
            current.takeBody(in);
            consumed(before - in.readableBytes());
            if (in.isReadable() && current.hasWholeRequest()) {
                throw new HttpViolation(MALFORMED, "the body is longer than its length");
            }
        }
        if (pending != null && !pending.isReadable()) {
            pending.release();
            pending = null;
        }
        if (received && pending == null && exchange != null) {
            exchange.endBody(trailers == null ? Unpooled.EMPTY_BUFFER : trailers);
        }
    }

    /** What comes before the server has agreed waits for that. */
    private void passTunnelled() {
        Exchange current = exchange;
        if (!tunnelled || current == null) {
            return;
        }
        ByteBuf in = pending;
        if (in != null) {
            int before = in.readableBytes();
            if (!current.takeTunnelled(in)) {
                return;
            }
            in.release();
            pending = null;
            consumed(before);
        }
        if (received) {
            current.endTunnelled();
        }
    }

    private void consumed(int count) {
        if (count > 0 && !closed) {
            client.consumed(stream, count);
        }
    }

    private void violated(HttpViolation violation) {
        Exchange current = exchange;
        if (current != null) {
            current.bodyViolated(violation);
        }
    }

    void flushServer() {
        if (exchange != null) {
            exchange.flushServer();
        }
    }

    /** The stream's window, or the connection, has room again. */
    void writable() {
        if (exchange != null && isWritable()) {
            exchange.clientWritable();
        }
    }

    /** The stream is closed, by whomever. */
    void gone() {
        closed = true;
        Exchange current = exchange;
        if (current != null && ending == null) {
            exchange = null;
            current.clientGone();
        }
        dropReceived();
    }

    @Override
    public int stream() {
        return stream.id();
    }

    void count(List<Exchange> all) {
        if (exchange != null) {
            all.add(exchange);
        }
    }

    void checkDeadlines(long now) {
        if (exchange != null) {
            exchange.checkDeadlines(now);
            return;
        }
        long most = peer.context().config().clientTimeout().toNanos();
        if (most > 0 && now - doneNanos > most) {
            // The answer waits for the client to take it, or the client goes on sending.
            reset(Http2Error.CANCEL);
        }
    }

    private void dropReceived() {
        if (pending != null) {
            int left = pending.readableBytes();
            pending.release();
            pending = null;
            consumed(left);
        }
        if (trailers != null) {
            trailers.release();
            trailers = null;
        }
    }

    // ------------------------------------------------------------------ what goes

    void writeHeaders(Http2Headers headers, int size, boolean ends) {
        count(size);
        wrote(client.writeHeaders(stream, headers, ends), ends);
    }

    /**
     * @param data taken over; null: nothing but the end
     */
    void writeData(@Nullable ByteBuf data, boolean ends) {
        ByteBuf out = data == null ? Unpooled.EMPTY_BUFFER : data;
        count(out.readableBytes());
        wrote(client.writeData(stream, out, ends), ends);
    }

    private void count(int written) {
        bytes += written;
        peer.context().counters().bytesOut.add(written);
    }

    private void wrote(ChannelFuture written, boolean ends) {
        if (ends) {
            ending = written;
        }
    }

    private void reset(Http2Error error) {
        exchange = null;
        client.reset(stream, error);
    }

    // ------------------------------------------------------------------ as the exchange sees it

    @Override
    public Peer peer() {
        return peer;
    }

    /** As HAProxy writes it. */
    @Override
    public String requestLine(RequestHead asked) {
        String host = asked.authority();
        return "%s %s://%s%s HTTP/2.0"
                .formatted(asked.method(), peer.scheme(), host, asked.target());
    }

    @Override
    public RequestRelay requestRelay(RequestHead asked) {
        return RequestRelay.ofStream(asked);
    }

    @Override
    public AnswerRelay answerRelay(RequestHead asked) {
        return new Http2Answer(this, asked);
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public boolean isWritable() {
        return client.isWritable(stream);
    }

    @Override
    public void flush() {
        client.flushSoon();
    }

    @Override
    public void answer(ErrorPage plain, boolean closes, boolean toHead) {
        ErrorPage page = peer.context().setup().files().pages().dressed(plain);
        HttpCounters counters = peer.context().counters();
        counters.answers(page.status()).increment();
        counters.own.increment();
        Http2Headers headers = new DefaultHttp2Headers(false).status("" + page.status());
        page.fields().forEach((name, value) -> headers.add(name.toLowerCase(ROOT), value));
        writeHeaders(headers, 0, toHead);
        if (!toHead) {
            writeData(Unpooled.wrappedBuffer(page.body()), true);
        }
        flush();
    }

    @Override
    public void exchangeDone(boolean persists) {
        exchange = null;
        doneNanos = peer.context().now();
        dropReceived();
        ChannelFuture end = ending;
        if (!received && end != null && !closed) {
            // Whatever else it would send is of no use (RFC 9113 section 8.1).
            end.addListener(_ -> client.reset(stream, Http2Error.NO_ERROR));
        }
        flush();
    }

    @Override
    public void tunnel() {
        tunnelled = true;
    }

    /** The tunnel is over: its end is the stream's (RFC 8441 section 5). */
    @Override
    public void finish() {
        if (!closed && ending == null) {
            writeData(null, true);
        }
        exchangeDone(true);
    }

    /** We are going: a tunnel would not end by itself. */
    void shutDown() {
        Exchange current = exchange;
        if (tunnelled && current != null) {
            current.clientGone();
            finish();
        }
    }

    @Override
    public void cutOff() {
        reset(Http2Error.INTERNAL_ERROR);
    }
}
