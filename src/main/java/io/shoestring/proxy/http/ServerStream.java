package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import io.shoestring.protocol.http.BodyReader;
import io.shoestring.protocol.http.FieldSink;
import io.shoestring.protocol.http.Framing;
import io.shoestring.protocol.http.Http2Fields;
import io.shoestring.protocol.http.Http2Head;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.protocol.http.ResponseHead;
import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * One stream of HTTP/2 at a server (RFC 9113 section 5): a request and its answer. What the client
 * does not take yet is kept, and as much less may the server send.
 */
final class ServerStream implements ServerLink, RequestSink {
    private final Http2Server connection;
    private final BodyReader body = new BodyReader();
    private @Nullable Http2Stream stream;
    private @Nullable Exchange exchange;
    private @Nullable ByteBuf trailers;
    private boolean headRead;
    private long beganNanos;
    private boolean refused;
    private boolean ended;
    private boolean left;
    private boolean sentAll;
    private int owedBytes;

    ServerStream(Http2Server connection) {
        this.connection = connection;
    }

    // ------------------------------------------------------------------ the request

    @Override
    public Server server() {
        return connection.server();
    }

    @Override
    public @Nullable Exchange exchange() {
        return exchange;
    }

    @Override
    public void begin(Exchange next) {
        exchange = next;
    }

    @Override
    public boolean isOpen() {
        return exchange != null && !left;
    }

    @Override
    public boolean isWritable() {
        Http2Stream open = stream;
        return open != null && connection.isWritable(open);
    }

    @Override
    public RequestSink out() {
        return this;
    }

    @Override
    public boolean isStream() {
        return true;
    }

    @Override
    public void beginRequest(ByteBuf head, boolean ends, boolean wraps) {
        count(head.readableBytes());
        Http2Headers fields;
        try {
            fields = Http2Fields.ofRequest(head, connection.scheme());
        } finally {
            head.release();
        }
        sentAll = ends;
        beganNanos = connection.state().now();
        Optional<Http2Stream> begun = connection.open(this, fields, ends);
        if (begun.isPresent()) {
            stream = begun.get();
            connection.flushSoon();
        } else {
            refused = true;
            connection.channel().eventLoop().execute(this::gone);
        }
    }

    @Override
    public void take(ByteBuf in, int index, int length) {
        Http2Stream open = stream;
        if (open != null && !left) {
            count(length);
            connection.writeData(open, in.retainedSlice(index, length), false);
        }
    }

    @Override
    public void end() {}

    @Override
    public void endBody(ByteBuf lines) {
        Http2Stream open = stream;
        if (open == null || left || sentAll) {
            return;
        }
        sentAll = true;
        if (lines.isReadable()) {
            connection.writeTrailers(open, Http2Fields.ofTrailers(lines));
        } else {
            connection.writeData(open, Unpooled.EMPTY_BUFFER, true);
        }
    }

    private void count(int bytes) {
        server().counters().bytesIn.add(bytes);
    }

    @Override
    public void flush() {
        connection.flushSoon();
    }

    /** The stream's window, or the connection, has room again. */
    void writable() {
        Exchange current = exchange;
        if (current != null && isWritable()) {
            current.touch();
            current.client().resume();
        }
    }

    // ------------------------------------------------------------------ the answer

    void headers(Http2Headers headers, boolean ends) {
        Exchange current = exchange;
        if (current == null) {
            return;
        }
        current.touch();
        try {
            if (headRead) {
                readTrailers(headers);
            } else {
                readHead(current, headers, ends);
            }
            if (ends && exchange == current) {
                end(current);
            }
        } catch (HttpViolation violation) {
            current.answerViolated(this, violation);
        }
        connection.flushLater(current.client());
    }

    private void readHead(Exchange current, Http2Headers headers, boolean ends) {
        ResponseHead head = connection.state().response();
        ByteBuf block = connection.channel().alloc().heapBuffer(1_024);
        try {
            Http2Head.writeResponse(block, headers, ends, current.answer().isToHead());
            if (!head.read(block)) {
                throw new IllegalStateException("a head without an end");
            }
        } finally {
            block.release();
        }
        if (head.switchesProtocol()) {
            throw new HttpViolation(502, "switched protocols in HTTP/2");
        }
        boolean toHead = current.answer().isToHead();
        if (ends && head.framing(toHead) == Framing.LENGTH) {
            throw new HttpViolation(502, "the body is shorter than its length");
        }
        headRead = !head.isInterim();
        current.answerHead(this, head, 0);
    }

    private void readTrailers(Http2Headers headers) {
        ByteBuf lines = Unpooled.buffer(128);
        trailers = lines;
        Http2Head.writeTrailers(lines, headers);
    }

    /**
     * A piece of the body.
     *
     * @return how many bytes of it need no longer be counted against the server's window
     */
    int data(ByteBuf data, boolean ends) {
        int length = data.readableBytes();
        Exchange current = exchange;
        if (current == null) {
            return length;
        }
        current.touch();
        try {
            body.read(data, current.answer());
            if (data.isReadable()) {
                throw new HttpViolation(502, "the body is longer than its length");
            }
            current.answer().endPiece();
            if (ends) {
                end(current);
            }
        } catch (HttpViolation violation) {
            current.answerViolated(this, violation);
        }
        connection.flushLater(current.client());
        if (ended || exchange == null || current.client().isWritable()) {
            return length;
        }
        owedBytes += length;
        return 0;
    }

    private void end(Exchange current) {
        if (!headRead) {
            throw new HttpViolation(502, "the stream ended without an answer");
        }
        if (body.framing() == Framing.LENGTH && !body.isDone()) {
            throw new HttpViolation(502, "the body is shorter than its length");
        }
        ended = true;
        current.answered(this, true);
    }

    @Override
    public void setReading(boolean reading) {
        Http2Stream open = stream;
        if (reading && owedBytes > 0 && open != null && !left) {
            int owed = owedBytes;
            owedBytes = 0;
            connection.consumed(open, owed);
        }
    }

    @Override
    public void beginBody(Framing framing, long length, boolean unwraps) {
        body.begin(framing, length, unwraps);
    }

    @Override
    public Framing framing() {
        return body.framing();
    }

    @Override
    public void tellTrailers(FieldSink sink) {
        ByteBuf lines = trailers;
        if (lines == null) {
            return;
        }
        Http2Fields.ofTrailers(lines)
                .forEach(
                        field -> {
                            AsciiString name = AsciiString.of(field.getKey());
                            AsciiString value = AsciiString.of(field.getValue());
                            byte[] both = name.concat(value).toByteArray();
                            sink.field(both, 0, name.length(), name.length(), both.length);
                        });
    }

    @Override
    public void tunnel() {
        throw new IllegalStateException("no stream becomes a tunnel");
    }

    @Override
    public void endTunnelled() {
        throw new IllegalStateException("no stream becomes a tunnel");
    }

    // ------------------------------------------------------------------ the end

    @Override
    public boolean hasRest() {
        return false;
    }

    /** The server says that it has not looked at it. */
    void refused() {
        refused = true;
    }

    @Override
    public boolean isRefused() {
        return refused;
    }

    /** What ends as it should is complete before the stream is gone. */
    @Override
    public boolean isBroken() {
        return !ended;
    }

    @Override
    public void release(long now) {
        close();
    }

    @Override
    public void finish() {
        close();
    }

    @Override
    public void close() {
        exchange = null;
        Http2Stream open = stream;
        if (open != null) {
            setReading(true);
            // What both have ended is closed without a word, a moment after this.
            if (!ended || !sentAll) {
                connection.reset(open, Http2Error.CANCEL);
            }
            if (!headRead) {
                connection.doubt(beganNanos);
            }
        }
        leave();
    }

    /** What came breaks the rules of HTTP/2. */
    void violated(String why) {
        Exchange current = exchange;
        if (current != null) {
            current.answerViolated(this, new HttpViolation(502, why));
            connection.flushLater(current.client());
        }
    }

    /** The stream is closed, by whomever. */
    void gone() {
        Exchange current = exchange;
        leave();
        if (current != null) {
            current.serverGone(this);
            current.client().flush();
        }
        exchange = null;
    }

    private void leave() {
        if (!left) {
            left = true;
            connection.left();
        }
    }
}
