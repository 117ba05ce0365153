package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.proxy.mysql.CommitOutcomeSource.Outcome;
import io.shoestring.proxy.mysql.statement.Classification;
import io.shoestring.proxy.mysql.statement.PinReason;
import io.shoestring.proxy.mysql.statement.StatementKind;
import io.shoestring.proxy.replay.AnswerHash;
import io.shoestring.proxy.replay.TransactionLog;

import org.jspecify.annotations.Nullable;

/**
 * Carries a session's open transaction from a primary that is gone to the next one. What was
 * answered is asked again, and must be answered alike; the command that was on its way follows.
 *
 * <pre>
 *   OFF ──begins──► RECORDS ──server gone──► LOST ──next primary──► RUNS ──all alike──► RECORDS
 *                     │                       │                       └─ different: 40001
 *                     │ its end, or something │ a COMMIT was on its way
 *                     ▼ that cannot be        ▼
 *                    OFF                     ASKS ── absent ──► RUNS
 *                                              ├── committed ─► PROVEN: the client gets its OK
 *                                              └── unknown: 08007
 * </pre>
 *
 * INVARIANT: nothing in the log has been committed, and nothing of it has changed a table whose
 * engine knows no transactions; a COMMIT is sent a second time only after the first is proven to
 * have left nothing. On the client's event loop only.
 */
final class TransactionReplay {
    private static final int ATTEMPTS_MAX = 3;
    private static final int QUESTIONS_MAX = 10;

    /** A command without its bytes. */
    private record Entry(Command command, @Nullable Prepared statement) {}

    private enum State {
        OFF,
        RECORDS,
        LOST,
        RUNS,
        ASKS,
        PROVEN
    }

    /** Who hears what has become of it. */
    interface Events {
        /** It is worth to ask again whether the client's command may leave. */
        void goesOn();

        /** Nobody could say; after a pause it is asked again. */
        void retryLater();

        /** The transaction is over; the client's command is to be answered with this. */
        void refuses(ErrorPacket error);
    }

    private final SessionContext session;
    private final MysqlContext listener;
    private final SessionState made;
    private final Restoring restoring;
    private final Events events;
    private final TransactionLog<Entry> log = new TransactionLog<>();
    private final AnswerHash again = new AnswerHash();
    private final AnswerTap tap = new AnswerTap(this::different);

    private State state = State.OFF;
    private @Nullable ServerLink on;
    private SessionShape shape;
    private long insertId;
    private int next;
    private boolean running;
    private int attempts;
    private int questions;
    private int questionsAsked;
    private long prefixBytes;
    private long prefixValue;
    private int nextNumber;
    private boolean wrote;
    private boolean commits;
    private boolean absent;
    private boolean oddNext;
    private @Nullable CommitMark mark;
    private @Nullable ServerLink markedOn;
    private String why = "";
    private long forbiddenEpoch;

    TransactionReplay(SessionContext session, Restoring restoring, Events events) {
        this.session = session;
        this.listener = session.listener();
        this.made = session.state();
        this.restoring = restoring;
        this.events = events;
        this.shape = made.shape();
    }

    /** Whether a transaction waits for the next primary, or is being carried over. */
    boolean isPending() {
        return state != State.OFF && state != State.RECORDS;
    }

    /** Whether it has yet to begin on the next primary. */
    boolean isToBegin() {
        return isPending() && state != State.RUNS;
    }

    /** Whether the client has a part of the answer that is to come. */
    boolean isAnswerInPart() {
        return prefixBytes > 0 && prefixBytes >= log.hash().bytes();
    }

    /** Whether it is not known, of a COMMIT that was on its way, what became of it. */
    boolean isCommitInDoubt() {
        return isPending() && commits && wrote && !absent && state != State.PROVEN;
    }

    /** Why its server was lost. */
    String why() {
        return why;
    }

    /** Of the packet that comes behind that part. */
    int nextNumber() {
        return nextNumber;
    }

    // ------------------------------------------------------------------ recording

    /**
     * A command is about to leave on this connection.
     *
     * @param bytes of it
     * @return what hashes its answer; null: nothing need
     */
    @Nullable AnswerTap leaves(ServerLink link, Request request, ByteBuf bytes) {
        boolean sentBefore = state == State.RECORDS && next < log.size();
        if (!sentBefore && !adds(request, bytes)) {
            return null;
        }
        on = link;
        next++;
        return tap;
    }

    private boolean adds(Request request, ByteBuf bytes) {
        oddNext |= request.classification().pins().contains(PinReason.NEXT_TRANSACTION);
        if (leavesNothing(request.command()) || (state != State.RECORDS && !begins(request))) {
            return false;
        }
        if (!canBeRepeated(request)
                || !log.add(new Entry(request.command(), request.statement()), bytes)) {
            giveUp();
            return false;
        }
        wrote |= mayChange(request);
        return true;
    }

    private static boolean leavesNothing(Command command) {
        return switch (command) {
            case PING, STATISTICS, FIELD_LIST, STATEMENT_PREPARE, STATEMENT_RESET -> true;
            default -> false;
        };
    }

    private boolean begins(Request request) {
        boolean first =
                switch (request.kind()) {
                    case BEGIN -> true;
                    case READ, ROWS, CHANGE -> !made.isAutocommit();
                    default -> false;
                };
        if (!first
                || oddNext
                || made.isInTransaction()
                || !made.isKnown()
                || !listener.config().replay().transactions()) {
            return false;
        }
        log.begin(listener.config().replay().bufferBytes());
        tap.listen(log.hash());
        state = State.RECORDS;
        shape = made.shape();
        insertId = made.insertId();
        next = 0;
        attempts = 0;
        prefixBytes = 0;
        wrote = false;
        commits = false;
        absent = false;
        questionsAsked = 0;
        mark = null;
        markedOn = null;
        return true;
    }

    /** Whether it is certain what it does, and that all of that is in this transaction. */
    private boolean canBeRepeated(Request request) {
        Classification what = request.classification();
        boolean fits =
                switch (request.kind()) {
                    case BEGIN -> log.size() == 0;
                    case READ, ROWS, CHANGE, SESSION -> true;
                    case COMMIT -> log.size() > 0;
                    case AUTOCOMMIT, ROLLBACK, KILL, OTHER -> false;
                };
        return fits && request.runsAtOnce() && what.pins().isEmpty() && !what.lastAnswer();
    }

    private static boolean mayChange(Request request) {
        return request.kind() == StatementKind.CHANGE || request.classification().calls();
    }

    /**
     * Puts the mark into a transaction that is to be committed, if it needs one.
     *
     * @return whether the client's command has to wait for it
     */
    boolean marks(ServerLink link, Request request) {
        if (link == markedOn) {
            return running;
        }
        if (state != State.RECORDS
                || request.kind() != StatementKind.COMMIT
                || !wrote
                || !listener.provesCommits()
                || !made.isLoggedAsUsual()) {
            return false;
        }
        CommitMark put = listener.commitMark(link);
        mark = null;
        markedOn = link;
        running = true;
        link.send(
                Exchange.ours(Command.Answer.RESULT, done -> marked(link, put, done.isDone())),
                SessionState.query(session.client().allocator(), put.statement()));
        return true;
    }

    /** The COMMIT leaves only now: without its mark it would not be found. */
    private void marked(ServerLink link, CommitMark put, boolean done) {
        if (link == markedOn) {
            running = false;
            mark = done ? put : null;
            events.goesOn();
        }
    }

    /** The answer is complete, and the session's state is what it says. */
    void answered(Request request, Exchange exchange) {
        oddNext &= !made.isInTransaction();
        if (state != State.RECORDS || exchange.tap() == null) {
            return;
        }
        log.answered();
        if (!made.isInTransaction()
                || !made.isKnown()
                || !made.shape().equals(shape)
                || !isTakenBack(request, exchange)) {
            giveUp();
        }
    }

    /** Whether a rollback takes back all that it did. */
    private boolean isTakenBack(Request request, Exchange exchange) {
        if (!mayChange(request)) {
            return true;
        }
        if (!exchange.isDone() || !exchange.isNamed()) {
            return listener.takenBack().has(request);
        }
        boolean sound = !made.hasChangedForGood();
        if (sound) {
            listener.takenBack().add(request);
        }
        return sound;
    }

    /** Nothing of this transaction can be carried over, or it has ended. */
    void giveUp() {
        on = null;
        running = false;
        questions++;
        mark = null;
        markedOn = null;
        if (state != State.OFF) {
            state = State.OFF;
            log.clear();
            prefixBytes = 0;
        }
    }

    /** The client's command was answered by us, and will not be run. */
    void refused() {
        if (state != State.OFF && log.size() > log.answeredCount()) {
            boolean lost = isPending();
            giveUp();
            if (lost) {
                made.transactionLost();
            }
        }
    }

    // ------------------------------------------------------------------ loss

    /**
     * The server connection is gone.
     *
     * @param request that was on its way; null: none was
     * @param exchange its answer
     * @param ended whether the server may have wanted to end this very connection
     * @return whether its transaction is to be carried over, see {@link #isPending}
     */
    boolean outlives(
            ServerLink gone,
            @Nullable Request request,
            @Nullable Exchange exchange,
            boolean ended,
            String reason) {
        if (state == State.OFF) {
            return false;
        }
        if (attempts >= ATTEMPTS_MAX
                || made.isPinned()
                || (state == State.RECORDS && !canGoOn(request, exchange))) {
            giveUp();
            return false;
        }
        if (state == State.RECORDS) {
            commits = request != null && request.kind() == StatementKind.COMMIT;
            if (!tap.isKeepingBack()) {
                prefixBytes = log.partialBytes() == 0 ? 0 : log.hash().bytes();
                prefixValue = log.hash().value();
                nextNumber = exchange == null ? 1 : exchange.nextNumber();
            }
        }
        attempts++;
        questions++;
        running = false;
        why = "server " + gone.member().name() + " was lost (" + reason + ")";
        forbiddenEpoch = ended ? gone.epoch() : -1;
        on = null;
        markedOn = null;
        state = State.LOST;
        return true;
    }

    private boolean canGoOn(@Nullable Request request, @Nullable Exchange exchange) {
        if (request == null || exchange == null) {
            return log.size() == log.answeredCount();
        }
        if (exchange.tap() == null) {
            return !exchange.isBegun();
        }
        return request.kind() == StatementKind.COMMIT
                ? !exchange.isBegun() && (!wrote || mark != null)
                : !mayChange(request) || listener.takenBack().has(request);
    }

    // ------------------------------------------------------------------ on the next primary

    /**
     * Takes the next step on this connection.
     *
     * @return whether the client's command has to wait for it
     */
    boolean holds(ServerLink link, Request request) {
        return switch (state) {
            case OFF, RECORDS -> false;
            case ASKS -> true;
            case RUNS -> running || step(link);
            case PROVEN -> {
                listener.counters().commitsProven.increment();
                // Ended by an empty transaction, in the server's own words.
                yield isOver(request);
            }
            case LOST -> beginsOn(link, request);
        };
    }

    private boolean isOver(Request commit) {
        giveUp();
        made.transactionLost();
        commit.leavesNothing();
        return false;
    }

    private boolean beginsOn(ServerLink link, Request request) {
        if (link.epoch() == forbiddenEpoch) {
            // The same server: somebody, or a limit that was set, wanted this transaction to end.
            later(Loss.transactionLost(why));
            return true;
        }
        if (commits && !absent) {
            if (!wrote) {
                return isOver(request);
            }
            ask();
            return true;
        }
        state = State.RUNS;
        on = link;
        next = 0;
        again.reset();
        tap.keepAll(again);
        restoring.giveInsertId(link, insertId);
        return step(link);
    }

    private boolean step(ServerLink link) {
        if (next == log.answeredCount()) {
            log.hash().become(again);
            tap.keepBack(log.hash(), prefixBytes, prefixValue);
            state = State.RECORDS;
            listener.counters().transactionsReplayed.increment();
            return false;
        }
        Entry entry = log.request(next);
        Prepared statement = entry.statement();
        if ((statement == null || restoring.hasPrepared(link, statement))
                && restoring.hasShape(link, shape)) {
            running = true;
            link.send(
                    Exchange.again(entry.command().answer(), tap, _ -> answeredAgain(link)),
                    bytes(link, statement));
        }
        return true;
    }

    private ByteBuf bytes(ServerLink link, @Nullable Prepared statement) {
        ByteBuf bytes = session.client().allocator().buffer(log.length(next));
        log.writeTo(bytes, next);
        Integer serverId = statement == null ? null : link.statements().find(statement);
        if (serverId != null) {
            CommandReader.setStatementId(bytes, serverId);
        }
        return bytes;
    }

    private void answeredAgain(ServerLink link) {
        if (state != State.RUNS || link != on) {
            return;
        }
        running = false;
        if (log.isAsBefore(next, again)) {
            next++;
            events.goesOn();
        } else {
            different();
        }
    }

    private void different() {
        ServerLink link = on;
        String where = link == null ? "the next server" : "server " + link.member().name();
        events.refuses(
                Loss.transactionLost(
                        why + ", and " + where + " answered otherwise when it was run again"));
    }

    // ------------------------------------------------------------------ a COMMIT was on its way

    private void ask() {
        CommitMark asked = mark;
        var source = listener.servers().outcomes();
        if (asked == null || source.isEmpty() || questionsAsked >= QUESTIONS_MAX) {
            later(Loss.unknown(why));
            return;
        }
        state = State.ASKS;
        questionsAsked++;
        int question = ++questions;
        source.get()
                .find(
                        asked,
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
                events.goesOn();
            }
            case ABSENT -> {
                absent = true;
                state = State.LOST;
                events.goesOn();
            }
            case UNAVAILABLE -> {
                state = State.LOST;
                events.retryLater();
            }
            case UNKNOWN -> events.refuses(Loss.unknown(why));
        }
    }

    /** Not in the middle of what asks. */
    private void later(ErrorPacket error) {
        int asked = questions;
        session.client()
                .loop()
                .execute(
                        () -> {
                            if (asked == questions && isPending()) {
                                events.refuses(error);
                            }
                        });
    }
}
