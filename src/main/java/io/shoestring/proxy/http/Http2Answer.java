package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.shoestring.protocol.http.Framing;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.protocol.http.ResponseHead;
import io.shoestring.protocol.http.WebSocketKey;

import java.util.List;

/** An answer to a client of HTTP/2: its end, and trailers, are the stream's. */
final class Http2Answer extends AnswerRelay {
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");

    private static final AsciiString ACCEPT = AsciiString.cached("sec-websocket-accept");
    private static final byte[] ACCEPT_NAME = ACCEPT.toByteArray();
    private static final byte[] KEY_NAME = AsciiString.of("sec-websocket-key").toByteArray();
    private static final String OK = "200";

    private final Http2Request request;
    private final boolean asksForUpgrade;

    /** What a server must say that speaks WebSocket; empty where that was not asked for. */
    private final List<String> proof;

    private boolean ended;

    Http2Answer(Http2Request request, RequestHead asked) {
        super(asked);
        this.request = request;
        this.asksForUpgrade = asked.asksForUpgrade();
        this.proof =
                asksForUpgrade
                        ? asked.values(KEY_NAME).stream().map(WebSocketKey::answerTo).toList()
                        : List.of();
    }

    @Override
    boolean unwraps() {
        return true;
    }

    @Override
    void sendInterim(ResponseHead head) {
        request.writeHeaders(headers(head), head.length(), false);
    }

    @Override
    boolean sendReal(ResponseHead head, Framing framing, int behind, boolean mayPersist) {
        if (asksForUpgrade && head.status() / 100 == 2) {
            // To the client it would mean that the tunnel is there.
            throw new HttpViolation(502, "answered without switching protocols, as was asked");
        }
        Http2Headers headers = headers(head);
        if (head.announcedLength() >= 0) {
            headers.set(CONTENT_LENGTH, Long.toString(head.announcedLength()));
        }
        ended = framing == Framing.NONE;
        request.writeHeaders(headers, head.length(), ended);
        return true;
    }

    private Http2Headers headers(ResponseHead head) {
        // What is in it has been judged already, by the reader of the head.
        Http2Headers headers = new DefaultHttp2Headers(false);
        headers.status(Integer.toString(head.status()));
        head.tellFieldsTo((bytes, n, m, v, w) -> add(headers, bytes, n, m, v, w), edits());
        return headers;
    }

    private static void add(
            Http2Headers to, byte[] bytes, int nameFrom, int nameTo, int valueFrom, int valueTo) {
        to.add(
                new AsciiString(bytes, nameFrom, nameTo - nameFrom, true).toLowerCase(),
                new AsciiString(bytes, valueFrom, valueTo - valueFrom, true));
    }

    @Override
    void sendSwitch(ResponseHead head) {
        if (!asksForUpgrade) {
            throw new HttpViolation(502, "switched protocols without being asked");
        }
        if (!head.values(ACCEPT_NAME).equals(proof)) {
            throw new HttpViolation(502, "switched protocols with a wrong Sec-WebSocket-Accept");
        }
        Http2Headers headers = headers(head).status(OK);
        headers.remove(ACCEPT);
        request.writeHeaders(headers, head.length(), false);
    }

    @Override
    public void take(ByteBuf in, int index, int length) {
        request.writeData(in.retainedSlice(index, length), false);
    }

    @Override
    void endPiece() {}

    @Override
    void end(ServerLink from) {
        if (ended) {
            return;
        }
        ended = true;
        Http2Headers trailers = new DefaultHttp2Headers(false);
        from.tellTrailers((bytes, n, m, v, w) -> add(trailers, bytes, n, m, v, w));
        if (trailers.isEmpty()) {
            request.writeData(null, true);
        } else {
            request.writeHeaders(trailers, 0, true);
        }
    }
}
