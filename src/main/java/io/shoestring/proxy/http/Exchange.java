package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.shoestring.protocol.http.BodyReader;
import io.shoestring.protocol.http.Framing;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.protocol.http.ResponseHead;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Claim;
import io.shoestring.proxy.backend.HashKey;
import io.shoestring.proxy.backend.Refusal;
import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * One request and its answer. All of it happens on the client's loop.
 *
 * <pre>
 *   head read ─► place at a server (perhaps waiting) ─► idle or new connection ─► sent ─► answered
 *                        ▲                                   │                      │
 *                        ├── another server, up to `retries` ┘                      │
 *                        └── once more, if an idle connection turned out to be dead ┘
 * </pre>
 *
 * <p>INVARIANT: a request is sent again only while no byte of an answer has come, and only if it
 * may run twice (RFC 9110 section 9.2.2) and has no body.
 */
final class Exchange extends Claim {
    private static final int INTERIM_ANSWERS_MAX = 16;
    private static final int RETRY_AFTER_SECONDS = 1;

    private final ClientConnection client;
    private final HttpContext context;
    private final BodyReader requestBody = new BodyReader();
    private final boolean toHead;
    private final boolean http10;
    private final boolean asksForUpgrade;
    private final boolean repeatable;
    private boolean persists;
    private boolean requestDone;
    private boolean waitsForContinue;
    private @Nullable Backend backend;
    private @Nullable ByteBuf head;
    private @Nullable Server server;
    private @Nullable Server failedLast;
    private @Nullable ServerConnection link;
    private boolean waiting;
    private boolean reused;
    private boolean answerBegan;
    private boolean answerHeadSent;
    private boolean linkPersists;
    private boolean wraps;
    private boolean tunnelled;
    private boolean ended;
    private int interimAnswers;
    private int attempts;
    private int status;
    private long movedAtNanos;

    Exchange(ClientConnection client, RequestHead request) {
        super(client.loop());
        this.client = client;
        this.context = client.context();
        this.toHead = request.isHead();
        this.http10 = request.isHttp10();
        this.asksForUpgrade = request.asksForUpgrade();
        this.persists = request.isPersistent();
        this.waitsForContinue = request.expectsContinue();
        this.repeatable =
                request.framing() == Framing.NONE && !asksForUpgrade && request.isIdempotent();
        requestBody.begin(request.framing(), request.contentLength(), false);
        requestDone = requestBody.isDone();
        movedAtNanos = context.now();
    }

    ClientConnection client() {
        return client;
    }

    /** Something came or went: who waits begins to wait anew. */
    void touch() {
        movedAtNanos = context.now();
    }

    // ------------------------------------------------------------------ to a server

    void begin(RequestHead request) {
        Optional<Backend> found = context.routes().find(request);
        if (found.isEmpty()) {
            answerOurselves(404, "no route leads there", 0);
            return;
        }
        ByteBuf out = client.channel().alloc().directBuffer(request.length() + 512);
        request.writeTo(out, client.forwarding(), client.ownHost());
        head = out;
        backend = found.get();
        claim(found.get());
    }

    private void claim(Backend from) {
        waiting = true;
        from.assign(this);
    }

    @Override
    protected long key() {
        return HashKey.of(client.address().getAddress());
    }

    @Override
    protected void refused(Refusal why) {
        waiting = false;
        fail(503, "no server is free to answer now", why.sentence());
    }

    @Override
    protected void granted(Server place) {
        waiting = false;
        server = place;
        countAttempt(place);
        ServerConnection idle = client.state().idleServers().take(place, repeatable, movedAtNanos);
        if (idle != null) {
            reused = true;
            link = idle;
            send(idle);
            client.resume();
        } else {
            connect(place);
        }
    }

    private void countAttempt(Server place) {
        if (attempts++ > 0) {
            place.counters().retries.increment();
            if (failedLast != null && !place.equals(failedLast)) {
                failedLast.counters().redispatches.increment();
            }
        }
    }

    private void connect(Server place) {
        reused = false;
        var opening = new ServerConnection(place, client.state(), this);
        link = opening;
        int patienceMillis =
                Math.toIntExact(place.backend().config().timeouts().connect().toMillis());
        context.loops()
                .connector(client.loop(), opening)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, patienceMillis)
                // A write that fails must not cost us the answer that the server gave before.
                .option(ChannelOption.AUTO_CLOSE, false)
                .connect(place.address())
                .addListener((ChannelFuture done) -> connected(opening, place, done));
    }

    private void connected(ServerConnection opening, Server place, ChannelFuture done) {
        if (opening.exchange() != this) {
            done.channel().close();
        } else if (done.isSuccess()) {
            opening.connected(done.channel());
            send(opening);
            client.resume();
        } else {
            notConnected(place, done.cause());
        }
    }

    private void notConnected(Server place, Throwable cause) {
        link = null;
        place.counters().connectErrors.increment();
        place.outcomes().failed(String.valueOf(cause.getMessage()));
        giveBack();
        avoid(place);
        failedLast = place;
        Backend from = backend;
        if (from != null && attempts <= from.config().retries()) {
            claim(from);
        } else {
            fail(503, "no server could be reached", reason(place, cause));
        }
    }

    private static String reason(Server place, Throwable cause) {
        // Netty adds the address to the message of the cause, which says it plainly.
        Throwable plain = cause.getCause() == null ? cause : cause.getCause();
        return place + ": " + plain.getMessage();
    }

    private void send(ServerConnection to) {
        to.begin(this);
        touch();
        ByteBuf bytes = head;
        if (bytes == null) {
            throw new IllegalStateException("sent already");
        }
        if (repeatable) {
            bytes.readerIndex(0);
            bytes.retain();
        } else {
            head = null;
        }
        to.out().begin(bytes);
        if (requestDone) {
            to.out().end();
            countIn(to);
        }
    }

    /** Sends what there is of the body; whether anything was taken. */
    boolean takeBody(ByteBuf in) {
        ServerConnection to = link;
        if (requestDone || to == null || !to.isOpen() || !to.isWritable()) {
            return false;
        }
        waitsForContinue = false;
        touch();
        requestBody.read(in, to.out());
        requestDone = requestBody.isDone();
        to.out().end();
        countIn(to);
        return true;
    }

    boolean takeTunnelled(ByteBuf in) {
        ServerConnection to = link;
        if (to == null || !to.isWritable()) {
            return false;
        }
        touch();
        to.out().take(in, in.readerIndex(), in.readableBytes());
        in.skipBytes(in.readableBytes());
        countIn(to);
        return true;
    }

    private static void countIn(ServerConnection to) {
        to.server().counters().bytesIn.add(to.out().takeBytes());
    }

    /** Whether the client's bytes have anywhere to go; a client that is to wait is still heard. */
    boolean takesMore() {
        ServerConnection to = link;
        boolean goingOn = !requestDone || tunnelled;
        return !goingOn || (to != null && to.isOpen() && to.isWritable());
    }

    void flushServer() {
        if (link != null) {
            link.flush();
        }
    }

    void clientWritable() {
        touch();
        if (link != null) {
            link.setReading(true);
        }
    }

    // ------------------------------------------------------------------ the answer

    /**
     * Passes a head on.
     *
     * @param behind bytes of the body that are there already
     */
    void answerHead(ResponseHead answer, int behind) {
        answerBegan = true;
        dropHead();
        if (answer.isInterim()) {
            passInterim(answer);
        } else {
            passFinal(answer, behind);
        }
    }

    private void passInterim(ResponseHead answer) {
        if (++interimAnswers > INTERIM_ANSWERS_MAX) {
            throw new HttpViolation(502, "more than " + INTERIM_ANSWERS_MAX + " interim answers");
        }
        waitsForContinue = false;
        if (!http10) {
            write(answer, Framing.NONE, ResponseHead.Connection.PERSISTS, 0);
        }
    }

    private void passFinal(ResponseHead answer, int behind) {
        status = answer.status();
        if (answer.switchesProtocol()) {
            switchProtocol(answer);
            return;
        }
        Framing framing = answer.framing(toHead);
        boolean unwraps = framing == Framing.CHUNKED && http10;
        wraps = framing == Framing.UNTIL_CLOSE && !http10;
        linkPersists = answer.isPersistent() && framing != Framing.UNTIL_CLOSE;
        Framing onward = wraps ? Framing.CHUNKED : unwraps ? Framing.UNTIL_CLOSE : framing;
        persists &= requestDone && onward != Framing.UNTIL_CLOSE && !context.isClosing();
        write(answer, onward, connectionField(), behind);
        answerHeadSent = true;
        client.out().wrap(wraps);
        link().beginBody(framing, answer.contentLength(), unwraps);
    }

    private ResponseHead.Connection connectionField() {
        if (!persists) {
            return ResponseHead.Connection.CLOSE;
        }
        return http10 ? ResponseHead.Connection.KEEP_ALIVE : ResponseHead.Connection.PERSISTS;
    }

    private void write(
            ResponseHead answer, Framing body, ResponseHead.Connection connection, int behind) {
        int copied = behind <= Outgoing.COPIED_BYTES_MAX ? behind : 0;
        ByteBuf out = client.channel().alloc().directBuffer(answer.length() + 128 + copied);
        answer.writeTo(out, body, connection);
        client.out().begin(out);
    }

    private void switchProtocol(ResponseHead answer) {
        if (!asksForUpgrade) {
            throw new HttpViolation(502, "switched protocols without being asked");
        }
        write(answer, Framing.NONE, ResponseHead.Connection.PERSISTS, 0);
        client.out().end();
        answerHeadSent = true;
        tunnelled = true;
        countAnswer();
        link().tunnel();
        client.tunnel();
        client.resume();
    }

    private ServerConnection link() {
        if (link == null) {
            throw new IllegalStateException("no server");
        }
        return link;
    }

    /**
     * The last byte of the answer is written.
     *
     * @param exactly whether nothing came behind it
     */
    void answered(boolean exactly) {
        ServerConnection from = link();
        if (wraps) {
            client.out().endChunks();
        }
        client.out().end();
        countAnswer();
        link = null;
        if (exactly && linkPersists && requestDone && !from.isBroken()) {
            from.release(context.now());
        } else {
            from.close();
        }
        boolean clientPersists = persists && requestDone;
        end();
        client.exchangeDone(clientPersists);
    }

    private void countAnswer() {
        client.countOut();
        context.counters().answers(status).increment();
        Server from = server;
        if (from != null) {
            from.counters().answered(status);
            from.outcomes().succeeded();
        }
    }

    // ------------------------------------------------------------------ what goes wrong

    /** The server's socket is gone, before its answer was complete. */
    void serverGone(ServerConnection from) {
        if (ended || from != link) {
            return;
        }
        if (tunnelled) {
            link = null;
            end();
            client.finish();
        } else if (answerHeadSent) {
            answerEnded(from);
        } else if (!answerBegan && !from.hasRest() && reused && repeatable && server != null) {
            server.counters().retries.increment();
            connect(server);
        } else {
            from.server().counters().serverAborts.increment();
            fail(502, "the server closed the connection instead of answering", from.server() + "");
        }
    }

    private void answerEnded(ServerConnection from) {
        if (from.body().framing() == Framing.UNTIL_CLOSE && !from.isBroken()) {
            answered(true);
            return;
        }
        from.server().counters().serverAborts.increment();
        client.out().flush();
        cutOff("the server closed the connection within its answer", from.server() + "");
    }

    /** The server's bytes break the protocol. */
    void answerViolated(HttpViolation violation) {
        ServerConnection from = link();
        from.server().counters().responseErrors.increment();
        String why = from.server() + ": " + violation.getMessage();
        if (answerHeadSent) {
            cutOff("the server's answer is malformed", why);
        } else {
            fail(502, "the server's answer is malformed", why);
        }
    }

    /** The client's body breaks the protocol. */
    void bodyViolated(HttpViolation violation) {
        String sentence = String.valueOf(violation.getMessage());
        context.counters().refused.increment();
        if (answerHeadSent) {
            cutOff("the request's body is malformed", sentence);
        } else {
            persists = false;
            answerOurselves(violation.status(), sentence, 0);
        }
    }

    /** The client's socket is gone. */
    void clientGone() {
        if (!tunnelled && !ended) {
            context.counters().clientAborts.increment();
            if (server != null) {
                server.counters().clientAborts.increment();
            }
        }
        ServerConnection to = link;
        if (tunnelled && to != null) {
            link = null;
            to.finish();
        }
        end();
    }

    void checkDeadlines(long now) {
        long passed = now - movedAtNanos;
        Backend from = backend;
        if (ended || waiting || from == null) {
            return;
        }
        if (tunnelled) {
            if (passed > context.settings().tunnel().toNanos()) {
                end();
                client.finish();
            }
        } else if (isClientsTurn()) {
            if (isOver(passed, context.config().clientTimeout().toNanos())) {
                clientTimedOut();
            }
        } else if (link != null
                && link.isOpen()
                && isOver(passed, from.config().timeouts().server().toNanos())) {
            serverTimedOut(link);
        }
    }

    private static boolean isOver(long passed, long most) {
        return most > 0 && passed > most;
    }

    private boolean isClientsTurn() {
        if (!client.channel().isWritable()) {
            return true;
        }
        return link != null
                && link.isOpen()
                && !requestDone
                && !waitsForContinue
                && link.isWritable();
    }

    private void clientTimedOut() {
        if (answerHeadSent) {
            cutOff("the client did not take its answer", "timeout");
        } else {
            persists = false;
            fail(408, "the request's body did not come in time", "client-timeout");
        }
    }

    private void serverTimedOut(ServerConnection from) {
        from.server().counters().responseErrors.increment();
        if (answerHeadSent) {
            cutOff("the server did not go on with its answer", from.server() + "");
        } else {
            fail(504, "the server did not answer in time", from.server() + "");
        }
    }

    private void fail(int with, String sentence, String why) {
        context.counters().interrupted.increment();
        String id = answerOurselves(with, sentence, with == 503 ? RETRY_AFTER_SECONDS : 0);
        context.notices()
                .tell(
                        "%s: %d, %s (%s), request id %s"
                                .formatted(client.address(), with, sentence, why, id));
    }

    /** Answers instead of a server; the id that the client is told. */
    private String answerOurselves(int with, String sentence, int retryAfterSeconds) {
        String id = context.nextRequestId();
        boolean closes = !persists || !requestDone || context.isClosing();
        end();
        client.answer(new ErrorPage(with, sentence, id, retryAfterSeconds), closes, toHead);
        client.exchangeDone(!closes);
        return id;
    }

    private void cutOff(String sentence, String why) {
        context.counters().interrupted.increment();
        context.notices().tell("%s: %s (%s)".formatted(client.address(), sentence, why));
        end();
        client.cutOff();
    }

    // ------------------------------------------------------------------ the end

    /** Lets go of everything; once. */
    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        dropHead();
        if (waiting && backend != null) {
            cancel(backend);
            waiting = false;
        }
        ServerConnection open = link;
        link = null;
        if (open != null) {
            open.close();
        }
        giveBack();
    }

    private void dropHead() {
        if (head != null) {
            head.release();
            head = null;
        }
    }

    private void giveBack() {
        Server place = server;
        if (place != null) {
            server = null;
            place.release();
        }
    }
}
