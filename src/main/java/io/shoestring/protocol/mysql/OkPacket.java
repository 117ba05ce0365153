package io.shoestring.protocol.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.util.ArrayList;
import java.util.List;

/**
 * OK_Packet, which also ends rows when EOF is deprecated.
 *
 * @param header {@link #HEADER}, or {@link #ROWS_END}
 * @param status see {@link ServerStatus}
 * @param info for people
 * @param changes of the session; only with {@link Capability#SESSION_TRACK}
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
public record OkPacket(
        int header,
        long affectedRows,
        long insertId,
        int status,
        int warnings,
        byte[] info,
        List<SessionChange> changes) {
    /** The first byte of an answer that is all well. */
    public static final int HEADER = 0x00;

    /** The first byte of what ends rows: an EOF packet, or an OK packet in its place. */
    public static final int ROWS_END = 0xfe;

    public OkPacket {
        requireNonNull(info, "info is null");
        changes = List.copyOf(changes);
    }

    /** Nothing more than that it is well. */
    public static OkPacket plain(int status) {
        return new OkPacket(HEADER, 0, 0, status, 0, new byte[0], List.of());
    }

    /** Reads the payload of a server of {@link Capability#PROTOCOL_41}. */
    public static OkPacket read(ByteBuf in, int at, int length, long capabilities) {
        Payload payload = new Payload(in, at, length);
        int header = payload.oneByte();
        long affected = payload.number();
        long insertId = payload.number();
        int status = payload.twoBytes();
        int warnings = payload.twoBytes();
        byte[] info = payload.remaining() > 0 ? payload.counted() : new byte[0];
        List<SessionChange> changes = List.of();
        if (Capability.has(capabilities, Capability.SESSION_TRACK)
                && (status & ServerStatus.SESSION_STATE_CHANGED) != 0
                && payload.remaining() > 0) {
            changes = readChanges(payload.counted());
        }
        return new OkPacket(header, affected, insertId, status, warnings, info, changes);
    }

    private static List<SessionChange> readChanges(byte[] state) {
        Payload payload = new Payload(Unpooled.wrappedBuffer(state), 0, state.length);
        List<SessionChange> changes = new ArrayList<>();
        while (payload.remaining() > 0) {
            int type = payload.oneByte();
            changes.add(SessionChange.read(type, payload.counted()));
        }
        return changes;
    }

    /** The same with other changes. */
    public OkPacket with(List<SessionChange> others) {
        int bits =
                others.isEmpty()
                        ? status & ~ServerStatus.SESSION_STATE_CHANGED
                        : status | ServerStatus.SESSION_STATE_CHANGED;
        return new OkPacket(header, affectedRows, insertId, bits, warnings, info, others);
    }

    /** Writes it as the packet of this number. */
    public void write(ByteBuf out, int number) {
        int at = Packet.begin(out, number);
        out.writeByte(header);
        Payload.writeNumber(out, affectedRows);
        Payload.writeNumber(out, insertId);
        out.writeShortLE(status).writeShortLE(warnings);
        if (info.length > 0 || !changes.isEmpty()) {
            Payload.writeCounted(out, info);
        }
        if (!changes.isEmpty()) {
            ByteBuf state = Unpooled.buffer();
            for (SessionChange change : changes) {
                state.writeByte(change.type());
                Payload.writeCounted(state, change.raw());
            }
            Payload.writeNumber(out, state.readableBytes());
            out.writeBytes(state);
        }
        Packet.end(out, at);
    }
}
