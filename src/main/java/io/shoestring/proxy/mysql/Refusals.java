package io.shoestring.proxy.mysql;

import io.shoestring.model.DatabaseTopology;
import io.shoestring.protocol.mysql.ErrorCode;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.SqlState;
import io.shoestring.proxy.pool.PoolBound;

/** What a client is told whose command cannot be done, for another reason than a lost server. */
final class Refusals {
    private Refusals() {}

    static ErrorPacket unknownCommand() {
        return new ErrorPacket(ErrorCode.UNKNOWN_COMMAND, SqlState.CONNECTION, "Unknown command");
    }

    static ErrorPacket unknownStatement() {
        return new ErrorPacket(
                ErrorCode.UNKNOWN_STATEMENT,
                SqlState.GENERAL,
                "Unknown prepared statement handler");
    }

    static ErrorPacket tooMuchPrepared() {
        return new ErrorPacket(
                ErrorCode.UNKNOWN,
                SqlState.GENERAL,
                "the prepared statements of this session have more than "
                        + Statements.BYTES_MAX
                        + " bytes; close some");
    }

    static ErrorPacket killed() {
        return new ErrorPacket(
                ErrorCode.CONNECTION_KILLED, SqlState.KILLED, "Connection was killed");
    }

    static ErrorPacket openIsGone() {
        return new ErrorPacket(
                ErrorCode.UNKNOWN_STATEMENT,
                SqlState.GENERAL,
                "what the statement had open is gone with its server");
    }

    static ErrorPacket longDataGone() {
        return new ErrorPacket(
                ErrorCode.UNKNOWN,
                SqlState.GENERAL,
                "values that were sent ahead are gone with their server; send them again");
    }

    static ErrorPacket notPrepared(ServerLink link) {
        return new ErrorPacket(
                ErrorCode.UNKNOWN_STATEMENT,
                SqlState.GENERAL,
                "the statement cannot be prepared again on " + link.member().name());
    }

    static ErrorPacket notRestored(ServerLink link, ErrorPacket why) {
        return new ErrorPacket(
                ErrorCode.SERVER_SHUTDOWN,
                SqlState.CONNECTION,
                "the session cannot be made anew on "
                        + link.member().name()
                        + ", which does not take its variables: "
                        + why.message());
    }

    static ErrorPacket lastIsElsewhere() {
        return new ErrorPacket(
                ErrorCode.UNKNOWN,
                SqlState.GENERAL,
                "this asks about the statement before it, which ran on a server connection that"
                        + " another client has now: ask inside of the same transaction, or set"
                        + " 'pool: { mode: session }' of the listener");
    }

    static ErrorPacket noPrimary(MysqlContext listener) {
        DatabaseTopology now = listener.topology();
        String why =
                now.primary()
                        .flatMap(member -> listener.complaints().of(member))
                        .orElse(now.reason());
        return new ErrorPacket(
                ErrorCode.UNKNOWN,
                SqlState.GENERAL,
                "no primary for %s s: %s".formatted(listener.config().hold().toSeconds(), why));
    }

    static ErrorPacket allInUse(SessionContext session, PrimarySide primary, ReplicaSide replica) {
        boolean ofPrimary = primary.isQueued();
        PoolBound bound = ofPrimary ? primary.bound() : replica.bound();
        var pool = session.listener().config().pool();
        String whose = bound == PoolBound.MEMBER ? "" : " of user " + session.identity().user();
        return new ErrorPacket(
                ErrorCode.TOO_MANY_CONNECTIONS,
                SqlState.TOO_MANY,
                "all %d server connections%s to the %s were in use for %s s: 'pool.%s' of listener %s is the limit; 'shoestring status' counts the sessions that keep theirs"
                        .formatted(
                                bound.of(pool.sizes()).orElse(0),
                                whose,
                                ofPrimary ? "primary" : "replica",
                                pool.patience().toSeconds(),
                                bound == PoolBound.MEMBER ? "server-limit" : bound.key(),
                                session.listener().config().name()));
    }
}
