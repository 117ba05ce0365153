package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.protocol.http.BodyReader;
import io.shoestring.protocol.http.Framing;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.protocol.http.RequestHead;

import org.jspecify.annotations.Nullable;

/**
 * Passes one request on: its head, which may be sent again as long as nothing of an answer has
 * come, and its body as it comes.
 */
final class RequestRelay {
    private final BodyReader body = new BodyReader();
    private final boolean repeatable;
    private final boolean wraps;
    private final Framing framing;
    private final long length;
    private @Nullable ByteBuf head;
    private boolean done;
    private boolean waitsForContinue;

    private RequestRelay(RequestHead request, boolean byStream) {
        this.wraps = byStream && request.framing() == Framing.CHUNKED;
        this.waitsForContinue = request.expectsContinue();
        this.repeatable =
                request.framing() == Framing.NONE
                        && !request.asksForUpgrade()
                        && request.isIdempotent();
        framing = wraps ? Framing.UNTIL_CLOSE : request.framing();
        length = request.contentLength();
        body.begin(framing, length, false);
        done = body.isDone();
    }

    /** Of a request whose body ends where its own framing says. */
    static RequestRelay ofConnection(RequestHead request) {
        return new RequestRelay(request, false);
    }

    /**
     * Of a request whose body ends with its stream; a server is told its length, or gets chunks.
     */
    static RequestRelay ofStream(RequestHead request) {
        return new RequestRelay(request, true);
    }

    /** Whether it may be sent twice (RFC 9110 section 9.2.2), and has no body. */
    boolean isRepeatable() {
        return repeatable;
    }

    /** Whether it can be sent again to a server that has done nothing with it. */
    boolean isThere() {
        return head != null;
    }

    /** Whether all of it was taken from the client. */
    boolean isDone() {
        return done;
    }

    /** Whether the client waits to be asked for the body. */
    boolean waitsForContinue() {
        return waitsForContinue;
    }

    /** An interim answer came: the client may think that it was asked. */
    void stopWaitingForContinue() {
        waitsForContinue = false;
    }

    /** The head for a server; it is taken over. */
    void head(ByteBuf bytes) {
        head = bytes;
    }

    void sendHead(ServerLink to) {
        ByteBuf bytes = head;
        if (bytes == null) {
            throw new IllegalStateException("sent already");
        }
        if (repeatable || done) {
            bytes.readerIndex(0);
            bytes.retain();
        } else {
            head = null;
        }
        body.begin(framing, length, to.out().isStream());
        to.out().beginRequest(bytes, done, wraps);
    }

    /** Sends what there is of the body. */
    void sendBody(ByteBuf in, ServerLink to) {
        waitsForContinue = false;
        body.read(in, to.out());
        done = body.isDone();
        to.out().end();
        if (done && to.out().isStream()) {
            endStream(to.out());
        }
    }

    private void endStream(RequestSink out) {
        ByteBuf trailers = Unpooled.buffer(0);
        try {
            body.tellTrailers(TrailerLines.into(trailers));
            out.endBody(trailers);
        } finally {
            trailers.release();
        }
    }

    /**
     * The stream has ended, and all that came of the body was sent.
     *
     * @param trailers lines of fields; they stay the caller's
     * @throws HttpViolation if the body is shorter than its length
     */
    void endBody(ByteBuf trailers, ServerLink to) {
        if (!wraps) {
            throw new HttpViolation(400, "the body is shorter than its length");
        }
        to.out().endBody(trailers);
        done = true;
    }

    /** It will not be sent again. */
    void dropHead() {
        if (head != null) {
            head.release();
            head = null;
        }
    }
}
