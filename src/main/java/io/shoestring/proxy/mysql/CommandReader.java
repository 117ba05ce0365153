package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.monitoring.digest.Shape;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.proxy.LoopStatements;
import io.shoestring.proxy.mysql.statement.Classification;
import io.shoestring.proxy.mysql.statement.StatementClassifier;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.OptionalInt;

/** Reads what a client's command is. On one event loop. */
final class CommandReader {
    private static final int ID_BYTES = 4;

    private final LoopStatements<Classification> known;
    private final Statements statements;
    private final SessionState state;
    private final boolean shares;
    private @Nullable Prepared newest;

    /**
     * @param shares whether server connections, and what is prepared there, go from client to
     *     client
     */
    CommandReader(
            LoopStatements<Classification> known,
            Statements statements,
            SessionState state,
            boolean shares) {
        this.known = known;
        this.statements = statements;
        this.state = state;
        this.shares = shares;
    }

    /** Which command it is; empty: none that is known. */
    static Optional<Command> command(ByteBuf bytes) {
        return Command.of(bytes.getUnsignedByte(bytes.readerIndex() + Packet.HEADER_BYTES));
    }

    /** The client's number of the statement that the command is about. */
    static int statementId(ByteBuf bytes) {
        if (Packet.length(bytes, bytes.readerIndex()) < 1 + ID_BYTES) {
            throw new MysqlViolation("a command about a prepared statement has no number of it");
        }
        return bytes.getIntLE(bytes.readerIndex() + Packet.HEADER_BYTES + 1);
    }

    static void setStatementId(ByteBuf bytes, int id) {
        bytes.setIntLE(bytes.readerIndex() + Packet.HEADER_BYTES + 1, id);
    }

    /** The statement that was read last to be prepared. */
    @Nullable Prepared newest() {
        return newest;
    }

    /**
     * The command; null: it is about a statement that nobody prepared. Takes the bytes over then.
     */
    @Nullable Request read(Command command, ByteBuf bytes) {
        return switch (command) {
            case QUERY -> query(bytes);
            case STATEMENT_PREPARE -> prepare(bytes);
            case STATEMENT_EXECUTE,
                    STATEMENT_BULK_EXECUTE,
                    STATEMENT_RESET,
                    STATEMENT_FETCH,
                    STATEMENT_SEND_LONG_DATA ->
                    run(command, bytes);
            default -> new Request(bytes, command, Request.of(command), null, null);
        };
    }

    private Request query(ByteBuf bytes) {
        byte[] sql = text(bytes);
        Shape shape = known.shape(sql, 0, sql.length);
        return new Request(bytes, Command.QUERY, classify(sql, shape), known.figures(shape), null);
    }

    private Classification classify(byte[] sql, Shape shape) {
        if (!state.isReadable()) {
            return Classification.UNKNOWN;
        }
        Optional<Classification> same = known.meanings().find(shape);
        if (same.isPresent()) {
            return same.get();
        }
        Classification meaning = StatementClassifier.classify(sql, 0, sql.length);
        if (meaning.isOfShape()) {
            known.meanings().keep(shape, meaning);
        }
        return meaning;
    }

    private Request prepare(ByteBuf bytes) {
        byte[] sql = text(bytes);
        Shape shape = known.shape(sql, 0, sql.length);
        statements.preparing();
        newest =
                new Prepared(
                        statements.nextId(),
                        sql,
                        state.shape(),
                        shares
                                ? OptionalInt.of(statements.ordinalFor(sql, state.shape()))
                                : OptionalInt.empty(),
                        classify(sql, shape),
                        known.figures(shape));
        return new Request(
                bytes,
                Command.STATEMENT_PREPARE,
                Request.of(Command.STATEMENT_PREPARE),
                null,
                null);
    }

    private @Nullable Request run(Command command, ByteBuf bytes) {
        Prepared statement = statements.find(statementId(bytes));
        if (statement == null) {
            return null;
        }
        int body = bytes.readerIndex() + Packet.HEADER_BYTES;
        int length = Packet.length(bytes, bytes.readerIndex());
        boolean inBulk = command == Command.STATEMENT_BULK_EXECUTE;
        boolean executes = inBulk || command == Command.STATEMENT_EXECUTE;
        if (inBulk) {
            statement.ranInBulk(bytes, body, length);
        } else if (executes) {
            statement.ran(bytes, body, length);
        }
        return new Request(
                bytes,
                command,
                executes ? statement.classification() : Request.of(command),
                executes ? statement.figures() : null,
                statement);
    }

    /** What follows the command's byte, from all of its packets. */
    private static byte[] text(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int packets = 0;
        for (int i = at; i < bytes.writerIndex(); packets++) {
            i += Packet.HEADER_BYTES + Packet.length(bytes, i);
        }
        byte[] text = new byte[bytes.readableBytes() - packets * Packet.HEADER_BYTES - 1];
        int to = 0;
        int skipped = 1;
        while (at < bytes.writerIndex()) {
            int length = Packet.length(bytes, at) - skipped;
            bytes.getBytes(at + Packet.HEADER_BYTES + skipped, text, to, length);
            to += length;
            at += Packet.HEADER_BYTES + skipped + length;
            skipped = 0;
        }
        return text;
    }
}
