package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.http.FieldEdits;
import io.shoestring.protocol.http.Framing;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.protocol.http.ResponseHead;

/**
 * Passes the heads of one answer on, in the client's own version of HTTP: whom chunks mean nothing
 * gets a body that ends with the connection, and the other way round.
 */
final class AnswerRelay {
    private static final int INTERIM_ANSWERS_MAX = 16;

    private final ClientConnection client;
    private final boolean toHead;
    private final boolean http10;
    private final boolean asksForUpgrade;
    private final FieldEdits edits;
    private boolean began;
    private boolean headSent;
    private boolean wraps;
    private boolean serverPersists;
    private int interimAnswers;
    private int status;

    /**
     * @param edits what is changed in the header of a server's answer
     */
    AnswerRelay(ClientConnection client, RequestHead request, FieldEdits edits) {
        this.client = client;
        this.edits = edits;
        this.toHead = request.isHead();
        this.http10 = request.isHttp10();
        this.asksForUpgrade = request.asksForUpgrade();
    }

    /** Whether anything of an answer has come. */
    boolean hasBegun() {
        return began;
    }

    /** Whether the client has the head of the real answer. */
    boolean isHeadSent() {
        return headSent;
    }

    /** Whether the request was HEAD. */
    boolean isToHead() {
        return toHead;
    }

    /** Of the real answer. */
    int status() {
        return status;
    }

    /** Whether the server's connection can be used again, if the body ends exactly. */
    boolean serverPersists() {
        return serverPersists;
    }

    /** An answer has begun: nothing is sent a second time from here on. */
    void begin() {
        began = true;
    }

    void interim(ResponseHead head) {
        if (++interimAnswers > INTERIM_ANSWERS_MAX) {
            throw new HttpViolation(502, "more than " + INTERIM_ANSWERS_MAX + " interim answers");
        }
        if (!http10) {
            write(head, Framing.NONE, ResponseHead.Connection.PERSISTS, 0);
        }
    }

    /**
     * Passes the real head on; the body comes next.
     *
     * @param behind bytes of the body that are there already
     * @param mayPersist whether the client's connection may be used again
     * @return whether it will be
     */
    boolean real(ServerConnection from, ResponseHead head, int behind, boolean mayPersist) {
        status = head.status();
        Framing framing = head.framing(toHead);
        boolean unwraps = framing == Framing.CHUNKED && http10;
        wraps = framing == Framing.UNTIL_CLOSE && !http10;
        serverPersists = head.isPersistent() && framing != Framing.UNTIL_CLOSE;
        Framing onward = wraps ? Framing.CHUNKED : unwraps ? Framing.UNTIL_CLOSE : framing;
        boolean persists = mayPersist && onward != Framing.UNTIL_CLOSE;
        write(head, onward, connectionField(persists), behind);
        headSent = true;
        client.out().wrap(wraps);
        from.beginBody(framing, head.contentLength(), unwraps);
        return persists;
    }

    private ResponseHead.Connection connectionField(boolean persists) {
        if (!persists) {
            return ResponseHead.Connection.CLOSE;
        }
        return http10 ? ResponseHead.Connection.KEEP_ALIVE : ResponseHead.Connection.PERSISTS;
    }

    /** Passes "101 Switching Protocols" on. */
    void switchProtocol(ResponseHead head) {
        if (!asksForUpgrade) {
            throw new HttpViolation(502, "switched protocols without being asked");
        }
        status = head.status();
        write(head, Framing.NONE, ResponseHead.Connection.PERSISTS, 0);
        client.out().end();
        headSent = true;
    }

    private void write(
            ResponseHead head, Framing body, ResponseHead.Connection connection, int behind) {
        int copied = behind <= Outgoing.COPIED_BYTES_MAX ? behind : 0;
        ByteBuf out = client.channel().alloc().directBuffer(head.length() + 128 + copied);
        head.writeTo(out, body, connection, edits);
        client.out().begin(out);
    }

    /** The body is complete. */
    void end() {
        if (wraps) {
            client.out().endChunks();
        }
        client.out().end();
    }
}
