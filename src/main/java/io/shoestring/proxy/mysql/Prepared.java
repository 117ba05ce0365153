package io.shoestring.proxy.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.monitoring.digest.Figures;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.proxy.mysql.statement.Classification;

import java.io.ByteArrayOutputStream;

/**
 * A statement that the client has prepared, so that it can be prepared again on another connection.
 * Its types of parameters are those of its last run that named them: a server that has just
 * prepared it does not know them.
 */
final class Prepared {
    private static final int UP_TO_BITMAP_BYTES = 10;

    private final int id;
    private final byte[] sql;
    private final Classification classification;
    private final Figures figures;
    private int parameters;
    private byte[] types = {};
    private boolean hasLongData;

    Prepared(int id, byte[] sql, Classification classification, Figures figures) {
        this.id = id;
        this.sql = requireNonNull(sql, "sql is null");
        this.classification = classification;
        this.figures = figures;
    }

    /** The client's number of it. */
    int id() {
        return id;
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
