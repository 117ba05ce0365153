package io.shoestring.proxy.http;

import io.shoestring.protocol.http.BodyReader;
import io.shoestring.protocol.http.FieldEdits;
import io.shoestring.protocol.http.Framing;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.protocol.http.ResponseHead;

/**
 * Passes the heads and the body of one answer on, in the client's own version of HTTP. It is given
 * the body as {@link #unwraps} wants it.
 */
abstract class AnswerRelay implements BodyReader.Sink {
    private static final int INTERIM_ANSWERS_MAX = 16;

    private final boolean toHead;
    private boolean began;
    private boolean headSent;
    private boolean serverPersists;
    private int interimAnswers;
    private int status;
    private FieldEdits edits = FieldEdits.none();

    AnswerRelay(RequestHead request) {
        this.toHead = request.isHead();
    }

    /** From now on, this is changed in the heads of the server. */
    final void edit(FieldEdits changes) {
        edits = changes;
    }

    final FieldEdits edits() {
        return edits;
    }

    /** Whether anything of an answer has come. */
    final boolean hasBegun() {
        return began;
    }

    /** Whether the client has the head of the real answer. */
    final boolean isHeadSent() {
        return headSent;
    }

    /** Whether the request was HEAD. */
    final boolean isToHead() {
        return toHead;
    }

    /** Of the real answer. */
    final int status() {
        return status;
    }

    /** Whether the server's connection can be used again, if the body ends exactly. */
    final boolean serverPersists() {
        return serverPersists;
    }

    /** An answer has begun: nothing is sent a second time from here on. */
    final void begin() {
        began = true;
    }

    final void interim(ResponseHead head) {
        if (++interimAnswers > INTERIM_ANSWERS_MAX) {
            throw new HttpViolation(502, "more than " + INTERIM_ANSWERS_MAX + " interim answers");
        }
        sendInterim(head);
    }

    /**
     * Passes the real head on; the body comes next.
     *
     * @param behind bytes of the body that are there already
     * @param mayPersist whether the client's connection may be used again
     * @return whether it will be
     */
    final boolean real(ServerLink from, ResponseHead head, int behind, boolean mayPersist) {
        status = head.status();
        Framing framing = head.framing(toHead);
        serverPersists = head.isPersistent() && framing != Framing.UNTIL_CLOSE;
        boolean persists = sendReal(head, framing, behind, mayPersist);
        headSent = true;
        from.beginBody(framing, head.contentLength(), framing == Framing.CHUNKED && unwraps());
        return persists;
    }

    /** Passes "101 Switching Protocols" on. */
    final void switchProtocol(ResponseHead head) {
        status = head.status();
        sendSwitch(head);
        headSent = true;
    }

    /** Whether it takes chunks only without their framing. */
    abstract boolean unwraps();

    abstract void sendInterim(ResponseHead head);

    abstract boolean sendReal(ResponseHead head, Framing framing, int behind, boolean mayPersist);

    abstract void sendSwitch(ResponseHead head);

    /** What was taken since the last time is all there is for now. */
    abstract void endPiece();

    /** The body is complete; it came by this one. */
    abstract void end(ServerLink from);
}
