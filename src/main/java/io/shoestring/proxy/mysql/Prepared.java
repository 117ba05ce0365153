package io.shoestring.proxy.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.monitoring.digest.Figures;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.proxy.mysql.statement.Classification;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A statement that the client has prepared, so that it can be prepared again on another connection.
 * Its types of parameters are those of its last run that named them: a server that has just
 * prepared it does not know them.
 */
final class Prepared {
    private static final int UP_TO_BITMAP_BYTES = 10;

    /** Of a run for many rows: where its flags are, and which says that types follow them. */
    private static final int BULK_FLAGS = 5;

    private static final int FIRST_BULK_FLAGS = Packet.HEADER_BYTES + BULK_FLAGS;
    private static final int BULK_HEAD_BYTES = 7;
    private static final int BULK_TYPES = 128;

    /**
     * What makes statements the same for those who share connections.
     *
     * @param shape of the session in which it was prepared
     * @param ordinal tells those apart that one client has at the same time
     */
    private record Text(ByteBuffer sql, SessionShape shape, int ordinal) {}

    private final int id;
    private final byte[] sql;
    private final SessionShape shape;
    private final Optional<Object> shared;
    private final Classification classification;
    private final Figures figures;
    private int parameters;
    private byte[] types = {};
    private final int ordinal;
    private boolean hasLongData;
    private boolean hasCursor;
    private @Nullable ErrorPacket longDataError;

    /**
     * @param shape of the session in which it is prepared
     * @param ordinal which one of this text and shape it is; empty: nobody else has the connection
     */
    Prepared(
            int id,
            byte[] sql,
            SessionShape shape,
            OptionalInt ordinal,
            Classification classification,
            Figures figures) {
        this.id = id;
        this.sql = requireNonNull(sql, "sql is null");
        this.shape = shape;
        this.ordinal = ordinal.orElse(0);
        this.shared =
                ordinal.isPresent()
                        ? Optional.of(new Text(ByteBuffer.wrap(sql), shape, ordinal.getAsInt()))
                        : Optional.empty();
        this.classification = classification;
        this.figures = figures;
    }

    /** The client's number of it. */
    int id() {
        return id;
    }

    /** What makes it the same as others on a server connection. */
    Object key() {
        return shared.orElse(this);
    }

    /** Whether another client's may be the same. */
    boolean isShared() {
        return shared.isPresent();
    }

    /** Of the session in which it was prepared. */
    SessionShape shape() {
        return shape;
    }

    /** Whether it has that text, in a session of that shape. */
    boolean isLike(byte[] text, SessionShape other) {
        return shape.equals(other) && Arrays.equals(sql, text);
    }

    /** The command that closes what has this number at the server. */
    static ByteBuf closing(ByteBufAllocator allocator, int serverId) {
        ByteBuf out = allocator.buffer(16);
        int at = Packet.begin(out, 0);
        out.writeByte(Command.STATEMENT_CLOSE.code()).writeIntLE(serverId);
        Packet.end(out, at);
        return out;
    }

    /** FNV-1a over its text, by these numbers. */
    long textHash(long offset, long prime) {
        long hash = offset;
        for (byte each : sql) {
            hash = (hash ^ each) * prime;
        }
        return hash;
    }

    /** Bytes of its text. */
    int length() {
        return sql.length;
    }

    Classification classification() {
        return classification;
    }

    Figures figures() {
        return figures;
    }

    void parameters(int count) {
        parameters = count;
    }

    /** Parts of a value were sent ahead, to the connection of now. */
    void longData(boolean sent) {
        hasLongData = sent;
    }

    boolean hasLongData() {
        return hasLongData;
    }

    /** They could not be sent: who sends them hears that when the statement is to run. */
    void longDataFailed(ErrorPacket error) {
        longDataError = error;
    }

    /** Why they could not be sent; then it is told. */
    Optional<ErrorPacket> takeLongDataError() {
        Optional<ErrorPacket> error = Optional.ofNullable(longDataError);
        longDataError = null;
        return error;
    }

    /** Rows of its last run are yet to be fetched. */
    void cursor(boolean open) {
        hasCursor = open;
    }

    boolean hasCursor() {
        return hasCursor;
    }

    int ordinal() {
        return ordinal;
    }

    /** The command that prepares it. */
    ByteBuf preparing(ByteBufAllocator allocator) {
        byte[] payload = new byte[1 + sql.length];
        payload[0] = (byte) Command.STATEMENT_PREPARE.code();
        System.arraycopy(sql, 0, payload, 1, sql.length);
        ByteBuf out = allocator.buffer(payload.length + 16);
        Packet.write(out, 0, payload);
        return out;
    }

    /** Remembers the types, if this run names them. */
    void ran(ByteBuf in, int body, int length) {
        int bound = boundIndex();
        if (parameters == 0 || length <= bound || in.getByte(body + bound) != 1) {
            return;
        }
        if (length < bound + 1 + 2 * parameters) {
            throw new MysqlViolation("a run of a prepared statement has too few types");
        }
        types = new byte[2 * parameters];
        in.getBytes(body + bound + 1, types);
    }

    /** The same run, for a connection that does not know the types: with them. */
    ByteBuf withTypes(ByteBufAllocator allocator, ByteBuf command) {
        int bound = boundIndex();
        byte[] payload = payload(command);
        boolean lacks =
                parameters > 0 && types.length > 0 && payload.length > bound && payload[bound] == 0;
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        if (lacks) {
            changed.write(payload, 0, bound);
            changed.write(1);
            changed.writeBytes(types);
            changed.write(payload, bound + 1, payload.length - bound - 1);
            payload = changed.toByteArray();
        }
        ByteBuf out = allocator.buffer(payload.length + 16);
        Packet.write(out, 0, payload);
        return out;
    }

    /** As {@link #ran}, of a run for many rows. */
    void ranInBulk(ByteBuf in, int body, int length) {
        if (length < BULK_HEAD_BYTES) {
            throw new MysqlViolation("a run of a prepared statement has no flags");
        }
        if ((in.getUnsignedShortLE(body + BULK_FLAGS) & BULK_TYPES) != 0) {
            if (length < BULK_HEAD_BYTES + 2 * parameters) {
                throw new MysqlViolation("a run of a prepared statement has too few types");
            }
            types = new byte[2 * parameters];
            in.getBytes(body + BULK_HEAD_BYTES, types);
        }
    }

    /** As {@link #withTypes}, of a run for many rows. */
    ByteBuf withTypesInBulk(ByteBufAllocator allocator, ByteBuf command) {
        int flags = command.getUnsignedShortLE(command.readerIndex() + FIRST_BULK_FLAGS);
        if (types.length == 0 || (flags & BULK_TYPES) != 0) {
            return command.copy();
        }
        byte[] payload = payload(command);
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        changed.write(payload, 0, BULK_FLAGS);
        changed.write(flags | BULK_TYPES);
        changed.write(flags >>> Byte.SIZE);
        changed.writeBytes(types);
        changed.write(payload, BULK_HEAD_BYTES, payload.length - BULK_HEAD_BYTES);
        ByteBuf out = allocator.buffer(changed.size() + 16);
        Packet.write(out, 0, changed.toByteArray());
        return out;
    }

    private int boundIndex() {
        return UP_TO_BITMAP_BYTES + (parameters + 7) / 8;
    }

    private static byte[] payload(ByteBuf command) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        int at = command.readerIndex();
        while (at < command.writerIndex()) {
            byte[] part = new byte[Packet.length(command, at)];
            command.getBytes(at + Packet.HEADER_BYTES, part);
            whole.writeBytes(part);
            at += Packet.HEADER_BYTES + part.length;
        }
        return whole.toByteArray();
    }
}
