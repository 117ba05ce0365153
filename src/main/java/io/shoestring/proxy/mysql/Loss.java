package io.shoestring.proxy.mysql;

import io.shoestring.protocol.mysql.ErrorCode;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.SqlState;
import io.shoestring.proxy.mysql.statement.PinReason;

import java.util.Set;
import java.util.stream.Collectors;

/** What a client is told when its server dies. */
final class Loss {
    private Loss() {}

    /**
     * Of a command that was on its way.
     *
     * @param open whether it ran in a transaction that did not end with it
     */
    static ErrorPacket of(Request request, boolean open, ServerLink link, String why) {
        String server = "server " + link.member().name() + " was lost (" + why + ")";
        return switch (request.kind()) {
            // It ends the transaction before it, and keeps what that did.
            case BEGIN -> open ? unknown(server) : readLost(server);
            case READ, SESSION, KILL -> open ? transactionLost(server) : readLost(server);
            case ROWS, CHANGE, ROLLBACK ->
                    open
                            ? transactionLost(server)
                            : request.isRepeatable() ? readLost(server) : unknown(server);
            case AUTOCOMMIT -> open ? unknown(server) : readLost(server);
            case COMMIT, OTHER -> unknown(server);
        };
    }

    private static ErrorPacket readLost(String server) {
        return new ErrorPacket(
                ErrorCode.SERVER_SHUTDOWN,
                SqlState.CONNECTION,
                server + " while it answered; nothing was changed");
    }

    /** Whether a change was kept cannot be said. */
    static ErrorPacket unknown(String server) {
        return new ErrorPacket(
                ErrorCode.UNKNOWN,
                SqlState.OUTCOME_UNKNOWN,
                "outcome unknown: "
                        + server
                        + " while the statement was on its way; it may have been done or not");
    }

    /** Of an open transaction: as after a deadlock, it is over and may be tried again. */
    static ErrorPacket transactionLost(String why) {
        return new ErrorPacket(
                ErrorCode.ROLLED_BACK,
                SqlState.ROLLED_BACK,
                "the transaction was rolled back: " + why + "; try restarting transaction");
    }

    /** Of a session that cannot be made anew elsewhere. */
    static ErrorPacket sessionLost(ServerLink link, String why, Set<PinReason> pins) {
        String had = pins.stream().map(PinReason::text).sorted().collect(Collectors.joining(", "));
        return new ErrorPacket(
                ErrorCode.SERVER_SHUTDOWN,
                SqlState.CONNECTION,
                "server %s was lost (%s), and with it what this session had there: %s; connect again"
                        .formatted(link.member().name(), why, had.isEmpty() ? "sent values" : had));
    }

    /** Whether a server that refuses a log-in like this may let the client in soon. */
    static boolean isTransient(ErrorPacket error) {
        return error.code() == ErrorCode.SERVER_SHUTDOWN
                || error.code() == ErrorCode.TOO_MANY_CONNECTIONS;
    }
}
