package io.shoestring.proxy.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.monitoring.digest.Figures;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.proxy.mysql.statement.Classification;
import io.shoestring.proxy.mysql.statement.StatementKind;

import org.jspecify.annotations.Nullable;

/** A command of the client's, kept until its answer begins. Owns its bytes. */
final class Request {
    /** Where the flags of a run are, which say whether it wants a cursor. */
    private static final int EXECUTE_FLAGS = 5;

    private final ByteBuf bytes;
    private final Command command;
    private final Classification classification;
    private final @Nullable Figures figures;
    private final @Nullable Prepared statement;
    private boolean onlyOnPrimary;
    private boolean leavesNothing;
    private long cameNanos;

    Request(
            ByteBuf bytes,
            Command command,
            Classification classification,
            @Nullable Figures figures,
            @Nullable Prepared statement) {
        this.bytes = requireNonNull(bytes, "bytes is null");
        this.command = command;
        this.classification = classification;
        this.figures = figures;
        this.statement = statement;
    }

    /** What such a command is that is no statement. */
    static Classification of(Command command) {
        StatementKind kind =
                switch (command) {
                    case PING,
                            INIT_DB,
                            STATISTICS,
                            FIELD_LIST,
                            STATEMENT_PREPARE,
                            STATEMENT_RESET,
                            STATEMENT_SEND_LONG_DATA,
                            RESET_CONNECTION,
                            SET_OPTION ->
                            StatementKind.SESSION;
                    default -> StatementKind.OTHER;
                };
        return Classification.ofCommand(kind);
    }

    /** Its bytes, as that server connection understands them; the caller releases them. */
    ByteBuf bytesFor(ServerLink link, ByteBufAllocator allocator) {
        Integer serverId = statement == null ? null : link.statements().find(statement);
        if (statement == null || serverId == null) {
            return bytes.retainedDuplicate();
        }
        ByteBuf own =
                switch (command) {
                    case STATEMENT_EXECUTE -> statement.withTypes(allocator, bytes);
                    case STATEMENT_BULK_EXECUTE -> statement.withTypesInBulk(allocator, bytes);
                    default -> bytes.copy();
                };
        CommandReader.setStatementId(own, serverId);
        return own;
    }

    /** When it came. */
    void came(long nanos) {
        cameNanos = nanos;
    }

    long cameNanos() {
        return cameNanos;
    }

    /** Whether all that it does is done when it is answered, and nothing was sent ahead of it. */
    boolean runsAtOnce() {
        return command == Command.QUERY
                || command == Command.STATEMENT_BULK_EXECUTE
                || runsWithoutCursor();
    }

    private boolean runsWithoutCursor() {
        return command == Command.STATEMENT_EXECUTE
                && statement != null
                && !statement.hasLongData()
                && Packet.length(bytes, bytes.readerIndex()) > EXECUTE_FLAGS
                && bytes.getByte(bytes.readerIndex() + Packet.HEADER_BYTES + EXECUTE_FLAGS) == 0;
    }

    /** Whether it needs nothing of its statement but that it is prepared. */
    boolean mayPrepareAgain() {
        return command != Command.STATEMENT_FETCH;
    }

    ByteBuf bytes() {
        return bytes;
    }

    /** Where the payload begins, after the command's byte. */
    int bodyIndex() {
        return bytes.readerIndex() + Packet.HEADER_BYTES + 1;
    }

    Command command() {
        return command;
    }

    StatementKind kind() {
        return classification.kind();
    }

    Classification classification() {
        return classification;
    }

    @Nullable Figures figures() {
        return figures;
    }

    /** That is run, if it is a prepared one. */
    @Nullable Prepared statement() {
        return statement;
    }

    /** A replica has refused it, or could not be had. */
    void onlyOnPrimary() {
        onlyOnPrimary = true;
    }

    boolean isOnlyOnPrimary() {
        return onlyOnPrimary;
    }

    /** Whether it leaves nothing behind that a second time would make different. */
    boolean isRepeatable() {
        return leavesNothing || isRepeatableKind();
    }

    /** There is nothing any more that it could end. */
    void leavesNothing() {
        leavesNothing = true;
    }

    private boolean isRepeatableKind() {
        return switch (kind()) {
            case READ, BEGIN, SESSION -> true;
            case ROWS -> !classification.calls();
            case CHANGE, AUTOCOMMIT, COMMIT, ROLLBACK, KILL, OTHER -> false;
        };
    }

    void release() {
        bytes.release();
    }
}
