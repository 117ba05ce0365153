package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.protocol.postgresql.BackendMessages;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.SqlState;
import io.shoestring.proxy.pool.PoolBound;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the proxy itself says to a client, above all when a server is gone: what is known, and no
 * more.
 */
final class Answers {
    private Answers() {}

    static ByteBuf ready(ByteBufAllocator allocator, byte status) {
        ByteBuf out = allocator.buffer(8);
        BackendMessages.readyForQuery(out, status);
        return out;
    }

    static ByteBuf error(ByteBufAllocator allocator, ErrorFields error) {
        ByteBuf out = allocator.buffer(256);
        BackendMessages.errorResponse(out, error);
        return out;
    }

    static ByteBuf notice(ByteBufAllocator allocator, ErrorFields notice) {
        ByteBuf out = allocator.buffer(256);
        BackendMessages.noticeResponse(out, notice);
        return out;
    }

    static ByteBuf parameter(ByteBufAllocator allocator, String name, String value) {
        ByteBuf out = allocator.buffer(64);
        BackendMessages.parameterStatus(out, name, value);
        return out;
    }

    /** The transaction block was open and is gone: it certainly left nothing behind. */
    static ErrorFields transactionLost(String why) {
        return ErrorFields.error(
                        SqlState.ADMIN_SHUTDOWN,
                        "the transaction was rolled back, because its server is gone")
                .withDetail(sentence(why))
                .withHint(
                        "Run the transaction again; this connection stays usable and goes to the"
                                + " new primary.");
    }

    /** The next primary does not answer as the last one did. */
    static ErrorFields notReplayable(String why) {
        return ErrorFields.error(
                        SqlState.SERIALIZATION_FAILURE,
                        "the transaction could not be replayed on the new primary: a result"
                                + " differs")
                .withDetail(sentence(why))
                .withHint("It was rolled back. Run it again; this connection stays usable.");
    }

    /** A write or a COMMIT was on its way. */
    static ErrorFields outcomeUnknown(String why) {
        return ErrorFields.error(
                        SqlState.TRANSACTION_RESOLUTION_UNKNOWN,
                        "it is unknown whether the last request was committed, because its server"
                                + " is gone")
                .withDetail(sentence(why))
                .withHint(
                        "Look whether its effect is there before you repeat it; this connection"
                                + " stays usable.");
    }

    /** A read that had sent a part of its rows already. */
    static ErrorFields readInterrupted(String why) {
        return ErrorFields.error(
                        SqlState.CONNECTION_FAILURE,
                        "the answer was interrupted, because its server is gone")
                .withDetail(sentence(why))
                .withHint("Run the statement again; this connection stays usable.");
    }

    /** The session had something that no other server connection can be given. */
    static ErrorFields sessionLost(DatabaseName database, String what) {
        return ErrorFields.fatal(
                        SqlState.ADMIN_SHUTDOWN,
                        "the session on database "
                                + database
                                + " is lost with its server connection")
                .withDetail(sentence("It cannot be made again elsewhere: " + what))
                .withHint("Connect again.");
    }

    /** What waited for a primary has waited long enough; {@code complaint}: if there is one. */
    static ErrorFields noPrimary(
            DatabaseName database,
            long waitedMillis,
            DatabaseTopology topology,
            Optional<String> complaint) {
        String what = complaint.isPresent() ? "primary that answers" : "primary";
        return ErrorFields.error(
                        SqlState.CANNOT_CONNECT_NOW,
                        "database %s has had no %s for %d s"
                                .formatted(database, what, waitedMillis / 1000))
                .withDetail(sentence(complaint.orElse(topology.reason())))
                .withHint(
                        "'shoestring why "
                                + database
                                + "' says what it waits for. The request was not run.");
    }

    /** What is said to an order about the consistency of reads, which is carried out. */
    static ByteBuf reads(ByteBufAllocator allocator, ReadsOrder order, ReadRule rule) {
        ByteBuf out = allocator.buffer(128);
        if (order.isUnknown()) {
            BackendMessages.errorResponse(
                    out,
                    ErrorFields.error(
                                    SqlState.INVALID_PARAMETER_VALUE,
                                    "invalid value for \"%s\": \"%s\""
                                            .formatted(ReadRule.SETTING, order.value()))
                            .withHint("It is one of: session, cluster, eventual."));
        } else if (order.asks()) {
            BackendMessages.rowDescription(out, List.of(ReadRule.SETTING));
            BackendMessages.dataRow(out, List.of(Optional.of(rule.consistency().toString())));
            BackendMessages.commandComplete(out, "SHOW");
        } else {
            rule.choose(order.wanted());
            BackendMessages.commandComplete(out, order.value().isEmpty() ? "RESET" : "SET");
        }
        return out;
    }

    /** The client listens, and its configuration wants it to connect again. */
    static ErrorFields notificationsLost(String why) {
        return ErrorFields.fatal(
                        SqlState.ADMIN_SHUTDOWN,
                        "notifications on the channels of this session may have been lost")
                .withDetail(sentence(why))
                .withHint(
                        "Connect and LISTEN again, then look at what the notifications are about."
                                + " 'pool: { lost-notifications: warn }' of the listener keeps the"
                                + " session instead.");
    }

    /** The same, and the session goes on. */
    static ErrorFields notificationsMayBeLost(String why) {
        return new ErrorFields(
                "WARNING",
                SqlState.WARNING,
                "notifications on the channels of this session may have been lost",
                Optional.of(sentence(why)),
                Optional.of("From now on none is missed: look at what they are about once more."));
    }

    /** In PgBouncer's own words, because programs may look for them. */
    static ErrorFields noTransactionBlocks() {
        return ErrorFields.fatal(
                        SqlState.PROTOCOL_VIOLATION,
                        "transaction blocks not allowed in statement pooling mode")
                .withDetail("The transaction was rolled back.")
                .withHint("'pool: { mode: transaction }' of the listener allows them.");
    }

    /**
     * Server connections for which a request waits.
     *
     * @param bound the limit that keeps it from having one more
     * @param number of that limit
     * @param role what the member is
     */
    record InUse(
            PoolBound bound, int number, PoolKey.Login login, String role, DatabaseName database) {
        String sentence() {
            String whose =
                    switch (bound) {
                        case SIZE -> " of role \"" + login.user() + "\"";
                        case USER -> " of role \"" + login.user() + "\", whatever their database,";
                        case DATABASE -> " of database \"" + login.database() + "\"";
                        case MEMBER -> "";
                    };
            return "all %d server connections%s to a %s of %s"
                    .formatted(number, whose, role, database);
        }
    }

    /** What waited for a server connection has waited long enough. */
    static ErrorFields allInUse(InUse which, Duration waited) {
        return ErrorFields.error(
                        SqlState.TOO_MANY_CONNECTIONS,
                        which.sentence() + " have been in use for " + waited.toSeconds() + " s")
                .withHint(
                        "Transactions that stay open keep them, and sessions with temporary tables"
                                + " and the like: 'shoestring status' counts them. 'pool: { "
                                + which.bound().key()
                                + ": ... }' of the listener allows more. The request was not run.");
    }

    /** What waits for a server connection has waited for some time. */
    static ErrorFields stillWaiting(InUse which) {
        return ErrorFields.notice(
                SqlState.SUCCESSFUL_COMPLETION,
                which.sentence() + " are in use; waiting for one of them");
    }

    /** An operator has paused the listener for too long for this request. */
    static ErrorFields paused(PostgresListenerConfig listener) {
        return ErrorFields.error(
                        SqlState.CANNOT_CONNECT_NOW,
                        "listener %s has been paused for longer than %d s"
                                .formatted(listener.name(), listener.hold().toSeconds()))
                .withHint("RESUME on its console ends that. The request was not run.");
    }

    static ErrorFields canceled() {
        return ErrorFields.error(SqlState.QUERY_CANCELED, "canceling statement due to user request")
                .withDetail("It was waiting and had not been sent to any server.");
    }

    /** The client's cancel has ended a transaction that was being carried over. */
    static ErrorFields canceledReplay(String why) {
        return ErrorFields.error(SqlState.QUERY_CANCELED, "canceling statement due to user request")
                .withDetail(sentence("The transaction was being replayed: " + why));
    }

    /**
     * Whether a server's refusal to let us in is over by itself soon: it is starting, stopping, or
     * full.
     */
    static boolean passes(ErrorFields refusal) {
        return switch (refusal.sqlState()) {
            case SqlState.CANNOT_CONNECT_NOW,
                    SqlState.TOO_MANY_CONNECTIONS,
                    SqlState.ADMIN_SHUTDOWN ->
                    true;
            default -> false;
        };
    }

    private static String sentence(String text) {
        return text.isEmpty() || text.endsWith(".")
                ? text
                : Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
    }
}
