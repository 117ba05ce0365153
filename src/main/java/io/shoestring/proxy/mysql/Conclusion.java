package io.shoestring.proxy.mysql;

import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorCode;
import io.shoestring.protocol.mysql.ServerStatus;
import io.shoestring.protocol.mysql.SessionChange;
import io.shoestring.proxy.mysql.statement.Classification;
import io.shoestring.proxy.mysql.statement.PinReason;
import io.shoestring.proxy.mysql.statement.RouteReason;
import io.shoestring.proxy.mysql.statement.StatementKind;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a command leaves in its session at the primary, by its text, and by what the server says. On
 * the client's event loop only.
 */
final class Conclusion {
    private final SessionState state;
    private final Statements statements;
    private final Pins pins;
    private final ReadRule reads;
    private final boolean shares;
    private final boolean tellsChanges;

    Conclusion(SessionContext session, Pins pins, ReadRule reads) {
        this.state = session.state();
        this.statements = session.statements();
        this.pins = pins;
        this.reads = reads;
        this.shares = session.shares();
        this.tellsChanges =
                Capability.has(session.identity().capabilities(), Capability.SESSION_TRACK);
    }

    /** It goes to the primary now. */
    void sending(Request request) {
        Classification what = request.classification();
        what.pins().stream().filter(pin -> shares || pin.isLost()).forEach(pins::add);
        if (what.calls()) {
            state.doubt();
        }
        Prepared statement = request.statement();
        if (statement != null && request.command() == Command.STATEMENT_SEND_LONG_DATA) {
            statement.longData(true);
            pinOpen();
        }
    }

    /** The server says what has changed. */
    void changed(@Nullable Request request, List<SessionChange> changes) {
        boolean named = state.take(changes);
        // Among changes that are named there may be others, if a procedure made them.
        boolean hidden =
                shares
                        && request != null
                        && request.kind() == StatementKind.OTHER
                        && request.classification().tracks()
                        && changes.stream().anyMatch(SessionChange.Something.class::isInstance);
        if (!named || hidden) {
            pins.add(PinReason.UNEXPLAINED);
        }
    }

    /** What of it a client hears. */
    List<SessionChange> shown(List<SessionChange> changes) {
        return tellsChanges ? state.shown(changes) : List.of();
    }

    /** The answer is complete. */
    void answered(Request done, Exchange exchange) {
        if (exchange.isDone()) {
            boolean hasStatus =
                    switch (done.command()) {
                        case STATISTICS, STATEMENT_PREPARE -> false;
                        default -> true;
                    };
            if (hasStatus) {
                state.answered(exchange.status(), exchange.isNamed());
            }
            if (exchange.insertId() != 0) {
                state.inserted(exchange.insertId());
            }
        } else if (exchange.errorCode() == ErrorCode.ROLLED_BACK) {
            state.transactionLost();
        }
        boolean aboutUs =
                done.classification().why() == RouteReason.CONSOLE
                        && !done.classification().calls();
        if (done.kind() != StatementKind.READ && !aboutUs) {
            reads.written();
        }
        cursorOf(done, exchange);
        if (shares) {
            mayBeAskedFor(done, exchange);
        }
    }

    private void cursorOf(Request done, Exchange exchange) {
        Prepared statement = done.statement();
        if (statement == null) {
            return;
        }
        boolean has = (exchange.status() & ServerStatus.CURSOR_EXISTS) != 0;
        boolean atEnd = (exchange.status() & ServerStatus.LAST_ROW_SENT) != 0;
        switch (done.command()) {
            case STATEMENT_EXECUTE, STATEMENT_BULK_EXECUTE -> {
                statement.longData(false);
                statement.cursor(exchange.isDone() && has && !atEnd);
            }
            case STATEMENT_RESET -> {
                statement.longData(false);
                statement.cursor(false);
            }
            case STATEMENT_FETCH -> statement.cursor(exchange.isDone() && !atEnd);
            default -> {}
        }
        pinOpen();
    }

    /** What prepared statements have open ties the session to its connection. */
    void pinOpen() {
        pins.set(PinReason.CURSOR, shares && statements.haveCursor());
        pins.set(PinReason.SENT_AHEAD, statements.haveLongData());
    }

    /** What the next command may ask about stays where it is until then. */
    private void mayBeAskedFor(Request done, Exchange exchange) {
        Classification what = done.classification();
        if (!what.lastAnswer()) {
            pins.set(PinReason.WARNINGS, exchange.warnings() > 0);
            pins.set(PinReason.FOUND_ROWS, what.pins().contains(PinReason.FOUND_ROWS));
        }
        if (!what.pins().contains(PinReason.NEXT_TRANSACTION) && !state.isInTransaction()) {
            pins.remove(PinReason.NEXT_TRANSACTION);
        }
    }
}
