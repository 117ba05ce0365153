package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.SqlState;
import io.shoestring.proxy.postgresql.CommitOutcomeSource.Outcome;
import io.shoestring.proxy.replay.AnswerHash;
import io.shoestring.proxy.replay.TransactionLog;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Carries a session's open transaction from a primary that is gone to the next one. What was
 * answered is asked again, and must be answered alike; what was on its way follows.
 *
 * <pre>
 *   OFF ──BEGIN──► RECORDS ──server gone──► LOST ──next primary──► RUNS ──all alike──► RECORDS
 *                     │                       │                      └─ different: 40001
 *                     │ its end, or something │ a COMMIT was on its way
 *                     ▼ that cannot be        ▼
 *                    OFF                     ASKS ── absent ──► RUNS
 *                                              ├── committed ─► PROVEN: the client gets its COMMIT
 *                                              └── unknown: 08007
 * </pre>
 *
 * INVARIANT: nothing in the log has been committed; a COMMIT is sent a second time only after the
 * first is proven to have left nothing.
 */
final class TransactionReplay {
    private static final int ATTEMPTS_MAX = 3;

    private enum State {
        OFF,
        RECORDS,
        LOST,
        RUNS,
        ASKS,
        PROVEN
    }

    private final SessionContext session;
    private final ListenerContext listener;
    private final Restoring restoring;
    private final SessionEvents events;
    private final TransactionLog<Batch> log = new TransactionLog<>();
    private final AnswerHash again = new AnswerHash();

    private State state = State.OFF;
    private @Nullable ServerLink on;
    private int next;
    private int attempts;
    private int questions;
    private long prefixBytes;
    private long prefixValue;
    private boolean clientInsideMessage;
    private boolean ending;
    private boolean commits;
    private boolean wrote;
    private boolean absent;
    private @Nullable CommitProbe probe;
    private String why = "";
    private long forbiddenEpoch;

    TransactionReplay(SessionContext session, Restoring restoring, SessionEvents events) {
        this.session = session;
        this.listener = session.listener();
        this.restoring = restoring;
        this.events = events;
    }

    /** Whether a transaction waits for the next primary, or is being carried over. */
    boolean isPending() {
        return state != State.OFF && state != State.RECORDS;
    }

    /** Whether it is not known, of a COMMIT that was on its way, what became of it. */
    boolean isCommitInDoubt() {
        return isPending() && commits && wrote && !absent && !knownToHaveWrittenNothing();
    }

    /** Whether the client has a part of the answer that is to come. */
    boolean isAnswerInPart() {
        return prefixBytes > log.hash().bytes();
    }

    /** Whether that part ends inside a message. */
    boolean isClientInsideMessage() {
        return clientInsideMessage;
    }

    /** Why its server was lost. */
    String why() {
        return why;
    }

    // ------------------------------------------------------------------ recording

    /** A request is about to leave on this connection. Writes what must go before it. */
    void leaves(ServerLink link, Batch batch, ByteBuf bytes) {
        if (state == State.RECORDS && next < log.size()) {
            next++;
            askBefore(link, batch);
        } else if (state == State.RECORDS || begins(link, batch)) {
            record(link, batch, bytes);
        }
    }

    private boolean begins(ServerLink link, Batch batch) {
        if (!batch.begins
                || !Boolean.TRUE.equals(batch.leavesBlockOpen)
                || !listener.config().replay().transactions()
                || !link.conversation().isFree()
                || session.state().pin().isPresent()) {
            return false;
        }
        log.begin(listener.config().replay().bufferBytes());
        state = State.RECORDS;
        on = link;
        next = 0;
        attempts = 0;
        prefixBytes = 0;
        clientInsideMessage = false;
        ending = false;
        commits = false;
        wrote = false;
        absent = false;
        probe = null;
        link.tap().listen(log.hash());
        return true;
    }

    private void record(ServerLink link, Batch batch, ByteBuf bytes) {
        if (!canBeRepeated(batch) || !log.add(batch, bytes)) {
            giveUp();
            return;
        }
        next++;
        wrote |= batch.writes;
        ending = Boolean.FALSE.equals(batch.leavesBlockOpen);
        commits = ending && batch.mayCommit;
        askBefore(link, batch);
    }

    /** Whether it is certain what it does, and that all of that is in this transaction. */
    private boolean canBeRepeated(Batch batch) {
        boolean whole = batch.ended && batch.missingBytes == 0 && batch.unknownNames().isEmpty();
        boolean stays = batch.pins.isEmpty() && batch.keeps.isEmpty() && !batch.listens;
        boolean commitsOtherwise =
                batch.mayCommit && !(batch.onlyCommits && batch.lastIsPlain && log.size() > 0);
        boolean rollsBackOtherwise = batch.rollsBack && !batch.onlyRollsBack;
        return whole && stays && !ending && !commitsOtherwise && !rollsBackOtherwise;
    }

    /** A COMMIT is about to leave: the last moment to ask what it will be about. */
    private void askBefore(ServerLink link, Batch batch) {
        boolean known = probe != null && (!probe.isOver() || probe.found().isPresent());
        if (batch.mayCommit && !known) {
            probe(link);
        }
    }

    /**
     * The client has all its answers. What its transaction is known by is asked as soon as there is
     * something to ask about: when the COMMIT is on its way, the answer has come long before.
     */
    void rests(ServerLink link) {
        if (state == State.RECORDS && probe == null && link.equals(on)) {
            probe(link);
            link.flush();
        }
    }

    private void probe(ServerLink link) {
        if (wrote && listener.provesCommits()) {
            CommitProbe asked = new CommitProbe();
            probe = asked;
            link.write(Requests.commitProbe(session.client().allocator()));
            link.conversation().expectProbe(asked);
            // It takes the place of the unnamed statement, but not of the unnamed portal.
            link.conversation().prepared().forget("");
        }
    }

    /** A request has its last answer. */
    void answered(Conversation conversation) {
        if (state != State.RECORDS) {
            return;
        }
        log.answered();
        if (conversation.status() != 'T') {
            giveUp();
        }
    }

    /** Nothing of this transaction can be carried over, or it has ended. */
    void giveUp() {
        if (on != null) {
            on.tap().silence();
            on.conversation().replays(false);
            on = null;
        }
        if (state != State.OFF) {
            state = State.OFF;
            log.clear();
        }
        if (probe != null && probe.isForbidden()) {
            listener.provesNoCommits();
        }
    }

    // ------------------------------------------------------------------ loss

    /**
     * The server connection is gone.
     *
     * @param mayRepeat whether what was on its way may be sent again
     * @return whether its transaction is to be carried over, see {@link #isPending}
     */
    boolean outlives(ServerLink gone, String reason, boolean mayRepeat) {
        if (state == State.OFF || !canGoOn(gone, mayRepeat)) {
            return false;
        }
        if (state == State.RECORDS && !gone.tap().isKeepingBack()) {
            prefixBytes = log.partialBytes() == 0 ? 0 : log.hash().bytes();
            prefixValue = log.hash().value();
            clientInsideMessage = gone.isInsideMessage();
        }
        if (state == State.RECORDS) {
            absent = wasNeverRun(gone);
        }
        attempts++;
        questions++;
        why = reason;
        forbiddenEpoch = gone.farewell().isPresent() ? gone.epoch() : -1;
        gone.tap().silence();
        on = null;
        state = State.LOST;
        return true;
    }

    private boolean canGoOn(ServerLink gone, boolean mayRepeat) {
        if (attempts >= ATTEMPTS_MAX
                || gone.isGarbled()
                || session.state().pin().isPresent()
                || gone.farewell().filter(error -> !isShutdown(error)).isPresent()) {
            return false;
        }
        if (state != State.RECORDS) {
            return true;
        }
        int inFlight = log.size() - log.answeredCount();
        return (inFlight == 0 || mayRepeat)
                && (log.answeredCount() > 0 || log.size() == 1 || hasCertainlyBegun(gone))
                && (!commits || isCommitDecidable(gone, inFlight));
    }

    /** What came behind a BEGIN that failed would have been in no transaction. */
    private boolean hasCertainlyBegun(ServerLink gone) {
        Batch first = log.request(0);
        return first.statements == 1 && first.lastIsPlain && !gone.isCanceling();
    }

    private boolean isCommitDecidable(ServerLink gone, int inFlight) {
        boolean told = probe != null && (probe.wroteNothing() || probe.found().isPresent());
        return inFlight == 1 && log.partialBytes() == 0 && (!wrote || told || wasNeverRun(gone));
    }

    /**
     * The server has taken its leave, so everything that it said before has come. Had it come as
     * far as the COMMIT, the answer to what was asked before that would be there.
     */
    private boolean wasNeverRun(ServerLink gone) {
        return probe != null && !probe.isOver() && gone.farewell().isPresent();
    }

    /** Not: an operator, or a limit that was set, wanted this transaction to end. */
    private static boolean isShutdown(ErrorFields farewell) {
        return switch (farewell.sqlState()) {
            case SqlState.ADMIN_SHUTDOWN, SqlState.CRASH_SHUTDOWN, SqlState.CANNOT_CONNECT_NOW ->
                    true;
            default -> false;
        };
    }

    /** The first request that was on its way, to be sent again; its bytes are the caller's. */
    Optional<Batch> firstInFlight() {
        return log.answeredCount() < log.size()
                ? Optional.of(withBytes(log.answeredCount()))
                : Optional.empty();
    }

    /** What was on its way behind the request that has just been sent again. */
    List<Batch> takeRest() {
        if (state != State.RECORDS || next == log.size()) {
            return List.of();
        }
        List<Batch> rest = new ArrayList<>();
        for (int i = next; i < log.size(); i++) {
            rest.add(withBytes(i));
        }
        return rest;
    }

    private Batch withBytes(int index) {
        Batch batch = log.request(index);
        batch.bytes = bytes(index);
        return batch;
    }

    private ByteBuf bytes(int index) {
        ByteBuf out = session.client().allocator().buffer(log.length(index));
        log.writeTo(out, index);
        return out;
    }

    /**
     * What waits will not be run.
     *
     * @return what was on its way behind the first request
     */
    List<Batch> drop() {
        List<Batch> rest = new ArrayList<>(0);
        if (isPending()) {
            for (int i = log.answeredCount() + 1; i < log.size(); i++) {
                rest.add(log.request(i));
            }
        }
        questions++;
        giveUp();
        return rest;
    }

    // ------------------------------------------------------------------ on the next primary

    /** Takes the next step on this connection; true: the client's requests have to wait for it. */
    boolean goesOn(ServerLink link) {
        return switch (state) {
            case OFF, RECORDS -> false;
            case RUNS, ASKS -> true;
            case PROVEN -> {
                giveUp();
                // The client's COMMIT then ends an empty transaction, in the server's own words.
                link.write(Requests.begin(session.client().allocator()));
                link.conversation().expectRestoring(false);
                listener.counters().commitsProven.increment();
                yield true;
            }
            case LOST -> beginsOn(link);
        };
    }

    private boolean beginsOn(ServerLink link) {
        if (link.epoch() == forbiddenEpoch) {
            // The same server is back, or has never been away: somebody wanted this to end.
            ErrorFields error = Answers.transactionLost(why);
            session.client().loop().execute(() -> events.refuses(error));
            return true;
        }
        if (isCommitInDoubt()) {
            ask();
            return true;
        }
        state = State.RUNS;
        on = link;
        next = 0;
        probe = null;
        again.reset();
        link.conversation().replays(true);
        link.tap().keepAll(again);
        return step(link);
    }

    private boolean knownToHaveWrittenNothing() {
        return probe != null && probe.wroteNothing();
    }

    private boolean step(ServerLink link) {
        if (next < log.answeredCount()) {
            Batch batch = log.request(next);
            restoring.prepareAgainFor(link, batch);
            link.conversation().sent(batch);
            link.write(bytes(next));
            link.flush();
            return true;
        }
        link.conversation().replays(false);
        log.hash().become(again);
        link.tap().keepBack(log.hash(), prefixBytes, prefixValue);
        state = State.RECORDS;
        listener.counters().transactionsReplayed.increment();
        return false;
    }

    /**
     * A request has its last answer again.
     *
     * @return false: it is not what it was before
     */
    boolean answeredAgain(ServerLink link) {
        if (state != State.RUNS || !log.isAsBefore(next, again)) {
            return false;
        }
        next++;
        session.state().ready(link.conversation().status());
        if (!step(link)) {
            events.changed();
        }
        return true;
    }

    // ------------------------------------------------------------------ a COMMIT was on its way

    private void ask() {
        CommitRecord commit = probe == null ? null : probe.found().orElse(null);
        if (commit == null) {
            session.client().loop().execute(() -> events.refuses(Answers.outcomeUnknown(why)));
            return;
        }
        state = State.ASKS;
        int question = ++questions;
        listener.outcomes()
                .find(
                        listener.database(),
                        commit,
                        outcome ->
                                session.client().loop().execute(() -> decided(question, outcome)));
    }

    private void decided(int question, Outcome outcome) {
        if (question != questions || state != State.ASKS) {
            return;
        }
        switch (outcome) {
            case COMMITTED -> {
                state = State.PROVEN;
                events.changed();
            }
            case ABSENT -> {
                absent = true;
                state = State.LOST;
                events.changed();
            }
            case UNAVAILABLE -> {
                state = State.LOST;
                events.retryLater();
            }
            case UNKNOWN -> events.refuses(Answers.outcomeUnknown(why));
        }
    }
}
