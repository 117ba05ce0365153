package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.shoestring.model.ClientSession;
import io.shoestring.protocol.http.FieldEdits;
import io.shoestring.protocol.http.Framing;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.protocol.http.ResponseHead;
import io.shoestring.proxy.SessionCensus;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Server;
import io.shoestring.proxy.http.Routes.Goal;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One request and its answer: {@link Dispatch} finds the server, {@link RequestRelay} and {@link
 * AnswerRelay} pass the messages on, and here is what happens when. All of it on the client's loop.
 *
 * <p>INVARIANT: a request is sent again only while no byte of an answer has come, it has no body,
 * and either it may run twice (RFC 9110 section 9.2.2) or the server says that it has not looked at
 * it (RFC 9113 section 8.7).
 */
final class Exchange implements SessionCensus.Countable {
    private static final int RETRY_AFTER_SECONDS = 1;
    private static final int SERVER_ERROR_MIN = 500;

    private final Asker client;
    private final Peer peer;
    private final HttpContext context;
    private final HttpSetup setup;
    private final RequestRelay request;
    private final AnswerRelay answer;
    private final ExchangeReport report;
    private final Trail trail;
    private boolean persists;
    private @Nullable Dispatch dispatch;
    private @Nullable Stickiness sticky;
    private boolean tunnelled;
    private boolean halfClosed;
    private boolean ended;
    private long movedAtNanos;
    private final long beganNanos;

    /**
     * @param beganNanos when the first byte of the request came
     */
    Exchange(Asker client, RequestHead asked, long beganNanos) {
        this.client = client;
        this.peer = client.peer();
        this.context = peer.context();
        this.setup = context.setup();
        this.answer = client.answerRelay(asked);
        this.request = client.requestRelay(asked);
        this.persists = asked.isPersistent();
        this.beganNanos = beganNanos;
        movedAtNanos = context.now();
        answer.edit(setup.responseEdits());
        report = new ExchangeReport(client, setup, asked, beganNanos, movedAtNanos);
        trail = report.trail();
    }

    /** Where the answer's bytes go. */
    AnswerRelay answer() {
        return answer;
    }

    Trail trail() {
        return trail;
    }

    Asker client() {
        return client;
    }

    /** Something came or went: who waits begins to wait anew. */
    void touch() {
        movedAtNanos = context.now();
    }

    /** When something came or went last. */
    long movedAtNanos() {
        return movedAtNanos;
    }

    private @Nullable ServerLink link() {
        return dispatch == null ? null : dispatch.link();
    }

    // ------------------------------------------------------------------ the request

    void begin(RequestHead asked) {
        Optional<String> proof = AcmeAnswer.find(asked, context.sharedTls());
        if (proof.isPresent()) {
            trail.ending = "LR";
            answerOurselves(ErrorPage.text(proof.get()));
            return;
        }
        long wait = setup.limits().use(asked, peer.address().getAddress(), movedAtNanos);
        if (wait > 0) {
            context.counters().denied.increment();
            trail.ending = "PR";
            answerOurselves(
                    429, "too many requests", (int) TimeUnit.NANOSECONDS.toSeconds(wait) + 1);
            return;
        }
        Optional<Goal> found = setup.routes().find(asked, peer.address().getAddress());
        if (found.isEmpty()) {
            context.counters().unrouted.increment();
            trail.ending = "PR";
            answerOurselves(404, "no route leads there", 0);
            return;
        }
        switch (found.get()) {
            case Goal.ToBackend to -> dispatch(asked, to);
            case Goal.Redirect redirect -> redirect(asked, redirect);
            case Goal.Refuse refuse -> refuse(refuse);
        }
    }

    private void dispatch(RequestHead asked, Goal.ToBackend to) {
        Backend backend = to.backend();
        Optional<String> path = to.rewrite().map(rewrite -> rewrite.of(asked.path()));
        ByteBuf out = peer.channel().alloc().directBuffer(asked.length() + 512);
        var stickiness = new Stickiness(backend, asked, trail);
        sticky = stickiness;
        FieldEdits edits = stickiness.requestEdits(report.requestEdits(asked));
        asked.writeTo(out, peer.forwarding(), peer.ownHost(), edits, path);
        request.head(out);
        trail.backend = backend;
        var way = new Dispatch(this, backend, asked, request, stickiness.server(), to.priority());
        dispatch = way;
        Optional<Logins.Door> door =
                setup.files().logins().doorOf(asked, peer.address().getAddress());
        if (door.isPresent()) {
            door.get().ask(asked, peer.loop(), answer -> lookedAt(door.get(), answer));
        } else {
            way.begin();
        }
    }

    /** Name and password were looked at; the client may be gone meanwhile. */
    private void lookedAt(Logins.Door door, Logins.Answer found) {
        Dispatch way = dispatch;
        if (ended || way == null) {
            return;
        }
        switch (found) {
            case WELCOME -> way.begin();
            case REFUSED -> {
                context.counters().denied.increment();
                trail.ending = "PR";
                answerOurselves(ErrorPage.challenge(door.challenge(), report.id()));
            }
            case BUSY -> fail(503, "too many log-ins at the moment", "logins");
        }
        client.flush();
    }

    private void redirect(RequestHead asked, Goal.Redirect redirect) {
        String host = asked.host();
        String location =
                redirect.template()
                        .replace("{host}", host.isEmpty() ? peer.ownHostName() : host)
                        .replace("{path}", asked.path())
                        .replace("{target}", asked.target());
        trail.ending = "LR";
        answerOurselves(ErrorPage.redirect(redirect.status(), location, report.id()));
    }

    private void refuse(Goal.Refuse refuse) {
        context.counters().denied.increment();
        trail.ending = "PR";
        answerOurselves(refuse.status(), "this is not for you", 0);
    }

    /** There is a connection to a server. */
    void sendTo(ServerLink to) {
        to.begin(this);
        touch();
        trail.connected(movedAtNanos);
        request.sendHead(to);
        client.resume();
    }

    /** Sends what there is of the body; whether anything was taken. */
    boolean takeBody(ByteBuf in) {
        ServerLink to = link();
        if (request.isDone() || to == null || !to.isOpen() || !to.isWritable()) {
            return false;
        }
        touch();
        request.sendBody(in, to);
        return true;
    }

    /** Whether all of the request was taken. */
    boolean hasWholeRequest() {
        return request.isDone();
    }

    /** The client's stream ended behind what was taken; does nothing while no server listens. */
    void endBody(ByteBuf trailers) {
        ServerLink to = link();
        if (!request.isDone() && to != null && to.isOpen()) {
            touch();
            request.endBody(trailers, to);
        }
    }

    boolean takeTunnelled(ByteBuf in) {
        ServerLink to = link();
        if (to == null || !to.isWritable()) {
            return false;
        }
        touch();
        to.out().take(in, in.readerIndex(), in.readableBytes());
        in.skipBytes(in.readableBytes());
        return true;
    }

    /** The client says nothing more in the tunnel; the server may go on for a while. */
    void endTunnelled() {
        ServerLink to = link();
        if (tunnelled && !halfClosed && to != null) {
            halfClosed = true;
            touch();
            to.endTunnelled();
        }
    }

    /** Whether the client's bytes have anywhere to go; a client that is to wait is still heard. */
    boolean takesMore() {
        ServerLink to = link();
        boolean goingOn = !request.isDone() || tunnelled;
        return !goingOn || (to != null && to.isOpen() && to.isWritable());
    }

    void flushServer() {
        ServerLink to = link();
        if (to != null) {
            to.flush();
        }
    }

    void clientWritable() {
        touch();
        ServerLink from = link();
        if (from != null) {
            from.setReading(true);
        }
    }

    // ------------------------------------------------------------------ the answer

    /**
     * Passes a head on.
     *
     * @param behind bytes of the body that are there already
     */
    void answerHead(ServerLink from, ResponseHead head, int behind) {
        answer.begin();
        request.dropHead();
        if (head.isInterim()) {
            request.stopWaitingForContinue();
            answer.interim(head);
        } else if (head.switchesProtocol()) {
            switchProtocol(from, head);
        } else {
            persists &= request.isDone() && !context.isClosing();
            answer.edit(responseEdits(from, head));
            persists = answer.real(from, head, behind, persists);
            trail.answered(context.now());
        }
    }

    private FieldEdits responseEdits(ServerLink from, ResponseHead head) {
        FieldEdits usual = setup.responseEdits();
        return sticky == null
                ? usual
                : sticky.responseEdits(usual, head, from.server(), peer.isSecured());
    }

    private void switchProtocol(ServerLink from, ResponseHead head) {
        answer.edit(responseEdits(from, head));
        answer.switchProtocol(head);
        trail.answered(context.now());
        tunnelled = true;
        countAnswer(from.server());
        from.tunnel();
        client.tunnel();
        client.resume();
    }

    /**
     * The last byte of the answer is written.
     *
     * @param exactly whether nothing came behind it
     */
    void answered(ServerLink from, boolean exactly) {
        answer.end(from);
        countAnswer(from.server());
        boolean serverPersists = exactly && answer.serverPersists() && request.isDone();
        if (serverPersists && !from.isBroken()) {
            from.release(context.now());
        } else {
            from.close();
        }
        // Only now: whoever gets the place next can have the connection too.
        detach();
        boolean clientPersists = persists && request.isDone();
        end();
        client.exchangeDone(clientPersists);
    }

    private void countAnswer(Server from) {
        context.counters().answers(answer.status()).increment();
        from.counters().answered(answer.status());
        if (answer.status() < SERVER_ERROR_MIN) {
            from.outcomes().succeeded();
        } else {
            from.outcomes().answeredBadly("answered " + answer.status());
        }
    }

    // ------------------------------------------------------------------ what goes wrong

    /** Nobody takes the request. */
    void unreachable(String ending, String sentence, String why) {
        trail.ending = ending;
        fail(503, sentence, why);
    }

    /** The server's socket is gone, before its answer was complete. */
    void serverGone(ServerLink from) {
        if (ended || !from.equals(link())) {
            return;
        }
        if (tunnelled) {
            detach();
            end();
            client.finish();
        } else if (answer.isHeadSent()) {
            answerEnded(from);
        } else if (answer.hasBegun() || from.hasRest() || !again(from)) {
            from.server().counters().serverAborts.increment();
            from.server().outcomes().answeredBadly("closed the connection without an answer");
            trail.ending = "SH";
            fail(502, "the server closed the connection instead of answering", from.server() + "");
        }
    }

    private boolean again(ServerLink from) {
        return dispatch != null && dispatch.again(from.isRefused() && request.isThere());
    }

    private void detach() {
        if (dispatch != null) {
            dispatch.detach();
        }
    }

    private void answerEnded(ServerLink from) {
        if (from.framing() == Framing.UNTIL_CLOSE && !from.isBroken()) {
            answered(from, true);
            return;
        }
        from.server().counters().serverAborts.increment();
        from.server().outcomes().answeredBadly("broke off an answer");
        client.flush();
        trail.ending = "SD";
        cutOff("the server closed the connection within its answer", from.server() + "");
    }

    /** The server's bytes break the protocol. */
    void answerViolated(ServerLink from, HttpViolation violation) {
        from.server().counters().responseErrors.increment();
        from.server().outcomes().answeredBadly("a malformed answer");
        String why = from.server() + ": " + violation.getMessage();
        trail.ending = answer.isHeadSent() ? "PD" : "PH";
        if (answer.isHeadSent()) {
            cutOff("the server's answer is malformed", why);
        } else {
            fail(502, "the server's answer is malformed", why);
        }
    }

    /** The client's body breaks the protocol. */
    void bodyViolated(HttpViolation violation) {
        String sentence = String.valueOf(violation.getMessage());
        context.counters().malformed.increment();
        trail.ending = "PR";
        if (answer.isHeadSent()) {
            cutOff("the request's body is malformed", sentence);
        } else {
            persists = false;
            answerOurselves(violation.status(), sentence, 0);
        }
    }

    /** The client's socket is gone. */
    void clientGone() {
        Server server = dispatch == null ? null : dispatch.server();
        if (!tunnelled && !ended) {
            context.counters().clientAborts.increment();
            trail.ending = abortedIn();
            if (server != null) {
                server.counters().clientAborts.increment();
            }
        }
        ServerLink to = link();
        if (tunnelled && to != null) {
            detach();
            to.finish();
        }
        end();
    }

    @Override
    public ClientSession session() {
        ServerLink to = link();
        long now = context.now();
        return new ClientSession(
                SessionCensus.id(peer.channel(), client.stream()),
                setup.config().name(),
                SessionCensus.text(peer.address()),
                dispatch == null ? Optional.empty() : Optional.of(dispatch.backend().name()),
                to == null ? Optional.empty() : Optional.of(to.server().name()),
                TimeUnit.NANOSECONDS.toSeconds(now - beganNanos),
                TimeUnit.NANOSECONDS.toSeconds(now - movedAtNanos));
    }

    @Override
    public void endByOperator() {
        if (!ended) {
            trail.ending = answer.isHeadSent() ? "KD" : "KH";
            cutOff("ended by an operator", "shutdown session");
        }
    }

    void checkDeadlines(long now) {
        long passed = now - movedAtNanos;
        if (ended || dispatch == null || dispatch.isWaiting()) {
            return;
        }
        ServerLink to = dispatch.link();
        if (tunnelled) {
            if (passed > tunnelNanosMax(dispatch.backend())) {
                end();
                client.finish();
            }
        } else if (isClientsTurn(to)) {
            if (isOver(passed, setup.config().clientTimeout().toNanos())) {
                clientTimedOut();
            }
        } else if (to != null
                && to.isOpen()
                && isOver(passed, dispatch.backend().config().timeouts().server().toNanos())) {
            serverTimedOut(to);
        }
    }

    /** Who has heard that the client says nothing more has no hour to say something itself. */
    private long tunnelNanosMax(Backend backend) {
        long most = context.settings().tunnel().toNanos();
        long server = backend.config().timeouts().server().toNanos();
        return halfClosed && server > 0 ? Math.min(most, server) : most;
    }

    private static boolean isOver(long passed, long most) {
        return most > 0 && passed > most;
    }

    private boolean isClientsTurn(@Nullable ServerLink to) {
        if (!client.isWritable()) {
            return true;
        }
        return to != null
                && to.isOpen()
                && !request.isDone()
                && !request.waitsForContinue()
                && to.isWritable();
    }

    private void clientTimedOut() {
        trail.ending = "cD";
        if (answer.isHeadSent()) {
            cutOff("the client did not take its answer", "timeout");
        } else {
            persists = false;
            fail(408, "the request's body did not come in time", "client-timeout");
        }
    }

    private void serverTimedOut(ServerLink from) {
        from.server().counters().responseErrors.increment();
        from.server().outcomes().answeredBadly("no answer in time");
        trail.ending = answer.isHeadSent() ? "sD" : "sH";
        if (answer.isHeadSent()) {
            cutOff("the server did not go on with its answer", from.server() + "");
        } else {
            fail(504, "the server did not answer in time", from.server() + "");
        }
    }

    private void fail(int with, String sentence, String why) {
        context.counters().failed(with);
        answerOurselves(with, sentence, with == 503 ? RETRY_AFTER_SECONDS : 0);
        report.tell(with, sentence, why);
    }

    private void answerOurselves(int with, String sentence, int retryAfterSeconds) {
        answerOurselves(new ErrorPage(with, sentence, report.id(), retryAfterSeconds));
    }

    /** Answers instead of a server. */
    private void answerOurselves(ErrorPage page) {
        boolean closes = !persists || !request.isDone() || context.isClosing();
        letGo();
        client.answer(page, closes, answer.isToHead());
        report.end(page.status());
        client.exchangeDone(!closes);
    }

    private void cutOff(String sentence, String why) {
        context.counters().broken.increment();
        context.notices().tell("%s: %s (%s)".formatted(peer.address(), sentence, why));
        end();
        client.cutOff();
    }

    // ------------------------------------------------------------------ the end

    /** Lets go of everything; once. */
    private void end() {
        if (ended) {
            return;
        }
        letGo();
        report.end(answer.status());
    }

    private void letGo() {
        ended = true;
        request.dropHead();
        if (dispatch != null) {
            dispatch.end();
        }
    }

    private String abortedIn() {
        if (dispatch == null || dispatch.isWaiting()) {
            return "CQ";
        }
        ServerLink to = dispatch.link();
        return to == null || !to.isOpen() ? "CC" : answer.isHeadSent() ? "CD" : "CH";
    }
}
