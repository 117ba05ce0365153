package io.shoestring.protocol.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;

/**
 * A head of HTTP/1.1 that we have written ourselves, as the fields of HTTP/2 (RFC 9113 section 8).
 * It was judged before it was written; here it only changes its form.
 */
public final class Http2Fields {
    private static final AsciiString TE = AsciiString.cached("te");
    private static final AsciiString TRAILERS = AsciiString.cached("trailers");

    private final byte[] bytes;
    private final Http2Headers fields = new DefaultHttp2Headers(false);
    private int at;

    private Http2Fields(ByteBuf lines) {
        bytes = ByteBufUtil.getBytes(lines);
    }

    /**
     * The fields of a request. Trailers are always asked for: whether the client can have them is
     * known when they come.
     *
     * @param head stays the caller's
     * @param scheme by which the server is spoken to
     */
    public static Http2Headers ofRequest(ByteBuf head, CharSequence scheme) {
        var read = new Http2Fields(head);
        read.fields.method(read.word());
        read.fields.path(read.word());
        read.fields.scheme(scheme);
        read.at = read.lineEnd() + 2;
        read.readFields();
        return read.fields.set(TE, TRAILERS);
    }

    /** The fields behind a body; {@code lines} stays the caller's. */
    public static Http2Headers ofTrailers(ByteBuf lines) {
        var read = new Http2Fields(lines);
        read.readFields();
        return read.fields;
    }

    private AsciiString word() {
        int from = at;
        while (bytes[at] != Octets.SPACE) {
            at++;
        }
        return text(from, at++);
    }

    private int lineEnd() {
        int end = at;
        while (bytes[end] != Octets.CR) {
            end++;
        }
        return end;
    }

    private void readFields() {
        while (at < bytes.length && bytes[at] != Octets.CR) {
            int colon = at;
            while (bytes[colon] != ':') {
                colon++;
            }
            int end = lineEnd();
            add(at, colon, end);
            at = end + 2;
        }
    }

    private void add(int from, int colon, int lineEnd) {
        int valueFrom = colon + 1;
        int valueTo = lineEnd;
        while (valueFrom < valueTo && Octets.isSpace(bytes[valueFrom])) {
            valueFrom++;
        }
        while (valueTo > valueFrom && Octets.isSpace(bytes[valueTo - 1])) {
            valueTo--;
        }
        AsciiString name = text(from, colon).toLowerCase();
        AsciiString value = text(valueFrom, valueTo);
        switch (FieldName.find(bytes, from, colon)) {
            case HOST -> fields.authority(value);
            case CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, TRANSFER_ENCODING, UPGRADE -> {}
            default -> fields.add(name, value);
        }
    }

    private AsciiString text(int from, int to) {
        return new AsciiString(bytes, from, to - from, false);
    }
}
