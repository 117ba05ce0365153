package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.shoestring.protocol.http.Framing;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.protocol.http.ResponseHead;

/**
 * An answer to a client of HTTP/1: whom chunks mean nothing gets a body that ends with the
 * connection, and the other way round.
 */
final class Http1Answer extends AnswerRelay {
    private final Channel channel;
    private final Outgoing out;
    private final boolean http10;
    private final boolean asksForUpgrade;
    private boolean wraps;

    Http1Answer(Channel channel, Outgoing out, RequestHead request) {
        super(request);
        this.channel = channel;
        this.out = out;
        this.http10 = request.isHttp10();
        this.asksForUpgrade = request.asksForUpgrade();
    }

    @Override
    boolean unwraps() {
        return http10;
    }

    @Override
    void sendInterim(ResponseHead head) {
        if (!http10) {
            write(head, Framing.NONE, ResponseHead.Connection.PERSISTS, 0);
        }
    }

    @Override
    boolean sendReal(ResponseHead head, Framing framing, int behind, boolean mayPersist) {
        wraps = framing == Framing.UNTIL_CLOSE && !http10;
        boolean unwrapped = framing == Framing.CHUNKED && http10;
        Framing onward = wraps ? Framing.CHUNKED : unwrapped ? Framing.UNTIL_CLOSE : framing;
        boolean persists = mayPersist && onward != Framing.UNTIL_CLOSE;
        write(head, onward, connectionField(persists), behind);
        out.wrap(wraps);
        return persists;
    }

    private ResponseHead.Connection connectionField(boolean persists) {
        if (!persists) {
            return ResponseHead.Connection.CLOSE;
        }
        return http10 ? ResponseHead.Connection.KEEP_ALIVE : ResponseHead.Connection.PERSISTS;
    }

    @Override
    void sendSwitch(ResponseHead head) {
        if (!asksForUpgrade) {
            throw new HttpViolation(502, "switched protocols without being asked");
        }
        write(head, Framing.NONE, ResponseHead.Connection.PERSISTS, 0);
        out.end();
    }

    private void write(
            ResponseHead head, Framing body, ResponseHead.Connection connection, int behind) {
        int copied = behind <= Outgoing.COPIED_BYTES_MAX ? behind : 0;
        ByteBuf buffer = channel.alloc().directBuffer(head.length() + 128 + copied);
        head.writeTo(buffer, body, connection, edits());
        out.begin(buffer);
    }

    @Override
    public void take(ByteBuf in, int index, int length) {
        out.take(in, index, length);
    }

    @Override
    void endPiece() {
        out.end();
    }

    @Override
    void end(ServerLink from) {
        if (wraps) {
            ByteBuf trailers = Unpooled.buffer(0);
            from.tellTrailers(TrailerLines.into(trailers));
            out.endChunks(trailers);
            trailers.release();
        }
        out.end();
    }
}
