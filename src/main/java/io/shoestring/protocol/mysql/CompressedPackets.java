package io.shoestring.protocol.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The compressed protocol, by zlib: a stream of packets in packets of their own, each of at most 16
 * MiB of the stream. The server's side of one connection; not thread-safe.
 */
public final class CompressedPackets implements AutoCloseable {
    private static final int HEADER_BYTES = 7;
    private static final int PLAIN_BYTES_MAX = 0xff_ffff;

    /** Less is not worth it; clients think so too. */
    private static final int WORTH_BYTES = 50;

    private static final int CHUNK_BYTES = 8_192;

    private final Inflater inflater = new Inflater();
    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private int nextNumber;

    /** Whether a packet is there to its end. */
    public boolean isWhole(ByteBuf in) {
        return in.readableBytes() >= HEADER_BYTES
                && in.readableBytes() >= HEADER_BYTES + in.getUnsignedMediumLE(in.readerIndex());
    }

    /**
     * Reads a packet.
     *
     * @return its part of the stream; the caller releases it
     * @throws MysqlViolation if it is not what it says
     */
    public ByteBuf read(ByteBuf in, ByteBufAllocator allocator) {
        int length = in.readUnsignedMediumLE();
        nextNumber = (in.readUnsignedByte() + 1) & 0xff;
        int plain = in.readUnsignedMediumLE();
        if (plain == 0) {
            return in.readRetainedSlice(length);
        }
        ByteBuf out = allocator.heapBuffer(plain);
        try {
            byte[] packed = new byte[length];
            in.readBytes(packed);
            inflater.reset();
            inflater.setInput(packed);
            int count = inflater.inflate(out.array(), out.arrayOffset(), plain);
            if (count != plain || !isAtEnd()) {
                throw new MysqlViolation(
                        "a compressed packet does not have the " + plain + " bytes that it names");
            }
            return out.writerIndex(plain);
        } catch (DataFormatException | MysqlViolation e) {
            out.release();
            throw new MysqlViolation("a packet cannot be decompressed: " + e.getMessage());
        }
    }

    /** Its end may be all that is left of it. */
    private boolean isAtEnd() throws DataFormatException {
        return inflater.finished() || (inflater.inflate(chunk) == 0 && inflater.finished());
    }

    /** Writes a part of the stream, in as many packets as it takes. */
    public void write(ByteBuf plain, ByteBuf out) {
        while (plain.isReadable()) {
            int length = Math.min(plain.readableBytes(), PLAIN_BYTES_MAX);
            int at = out.writerIndex();
            out.writeMediumLE(length).writeByte(nextNumber).writeMediumLE(0);
            nextNumber = (nextNumber + 1) & 0xff;
            if (length < WORTH_BYTES || !isSmaller(plain, length, out, at)) {
                out.writerIndex(at + HEADER_BYTES);
                out.setMediumLE(at, length).setMediumLE(at + 4, 0);
                out.writeBytes(plain, plain.readerIndex(), length);
            }
            plain.skipBytes(length);
        }
    }

    private boolean isSmaller(ByteBuf plain, int length, ByteBuf out, int at) {
        deflater.reset();
        deflater.setInput(plain.nioBuffer(plain.readerIndex(), length));
        deflater.finish();
        while (!deflater.finished()) {
            out.writeBytes(chunk, 0, deflater.deflate(chunk));
            if (out.writerIndex() - at - HEADER_BYTES >= length) {
                return false;
            }
        }
        out.setMediumLE(at, out.writerIndex() - at - HEADER_BYTES).setMediumLE(at + 4, length);
        return true;
    }

    @Override
    public void close() {
        inflater.end();
        deflater.end();
    }
}
