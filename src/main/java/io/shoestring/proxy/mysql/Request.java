package io.shoestring.proxy.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.shoestring.monitoring.digest.Figures;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.proxy.mysql.statement.Classification;
import io.shoestring.proxy.mysql.statement.StatementKind;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/** A command of the client's, kept until its answer begins. Owns its bytes. */
final class Request {
    private final ByteBuf bytes;
    private final Command command;
    private final Classification classification;
    private final @Nullable Figures figures;
    private final @Nullable Prepared statement;
    private boolean onlyOnPrimary;

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
                            RESET_CONNECTION,
                            SET_OPTION ->
                            StatementKind.SESSION;
                    default -> StatementKind.OTHER;
                };
        return new Classification(kind, false, false, false, Set.of());
    }

    /** Its bytes, for one sending; the caller releases them. */
    ByteBuf forSending() {
        return bytes.retainedDuplicate();
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
        return switch (kind()) {
            case READ, BEGIN, SESSION -> true;
            case ROWS, COMMIT, ROLLBACK, KILL, OTHER -> false;
        };
    }

    void release() {
        bytes.release();
    }
}
