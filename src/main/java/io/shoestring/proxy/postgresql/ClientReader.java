package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.postgresql.FrontendType;
import io.shoestring.protocol.postgresql.MessageHeader;
import io.shoestring.protocol.postgresql.MessageLimits;
import io.shoestring.protocol.postgresql.ProtocolViolation;

/**
 * Cuts a logged-in client's bytes into batches, without copying them. Messages that are longer than
 * a batch may be, and COPY data, pass through in the pieces in which they come.
 */
final class ClientReader {
    /** Longer requests are not looked at as a whole: they go to the primary. */
    static final int BATCH_BYTES_MAX = 64 << 10;

    private final Session session;
    private final BatchBuilder builder;
    private int scanned;
    private long passing;
    private long skipping;

    ClientReader(Session session) {
        this.session = session;
        this.builder = new BatchBuilder(session.statements(), session.sql());
    }

    /** Whether a server has got only the first part of a message. */
    boolean isInsideMessage() {
        return passing > 0;
    }

    void skip(long bytes) {
        skipping = bytes;
        passing = 0;
    }

    /** Takes one step; false: more bytes are needed, or the session is not ready for more. */
    boolean read(ByteBuf in) {
        if (!session.isAccepting() || !in.isReadable()) {
            return false;
        }
        if (skipping > 0) {
            int now = (int) Math.min(skipping, in.readableBytes());
            in.skipBytes(now);
            skipping -= now;
            return true;
        }
        if (passing > 0) {
            pass(in);
            return true;
        }
        int at = in.readerIndex() + scanned;
        if (in.writerIndex() - at < MessageHeader.BYTES) {
            return false;
        }
        byte type = in.getByte(at);
        long total = 1L + lengthAt(in, at, type);
        return in.writerIndex() - at < total
                ? readPart(in, at, type, total)
                : readWhole(in, at, type, (int) total);
    }

    private static long lengthAt(ByteBuf in, int at, byte type) {
        int length = in.getInt(at + 1);
        if (!FrontendType.isKnown(type)) {
            throw new ProtocolViolation(
                    "invalid frontend message type " + MessageHeader.describe(type));
        }
        if (length < 4 || length > MessageLimits.MESSAGE_BYTES_MAX) {
            throw new ProtocolViolation(
                    "invalid length "
                            + length
                            + " of a message of type "
                            + MessageHeader.describe(type));
        }
        return length;
    }

    private void pass(ByteBuf in) {
        int now = (int) Math.min(passing, in.readableBytes());
        passing -= now;
        session.pass(in.readRetainedSlice(now));
    }

    // ------------------------------------------------------------------ a part of a message

    private boolean readPart(ByteBuf in, int at, byte type, long total) {
        if (session.isSkippingUntilSync() && total > BATCH_BYTES_MAX) {
            skipping = total;
            return true;
        }
        if (isCopyData(type)) {
            return sealFirst(in) || beginCopyData(type, total);
        }
        if (total <= BATCH_BYTES_MAX) {
            return false;
        }
        if (sealFirst(in)) {
            return true;
        }
        int body = at + MessageHeader.BYTES;
        if (!BatchBuilder.showsNames(type, in, body) && in.writerIndex() - at <= BATCH_BYTES_MAX) {
            return false;
        }
        builder.addLong(type, in, body);
        long missing = total - (in.writerIndex() - at);
        scanned = in.writerIndex() - in.readerIndex();
        passing = missing;
        seal(in, missing);
        return true;
    }

    private boolean beginCopyData(byte type, long total) {
        if (session.takesCopyData(type != FrontendType.COPY_DATA)) {
            passing = total;
        } else {
            skipping = total;
        }
        return true;
    }

    private static boolean isCopyData(byte type) {
        return type == FrontendType.COPY_DATA
                || type == FrontendType.COPY_DONE
                || type == FrontendType.COPY_FAIL;
    }

    // ------------------------------------------------------------------ a whole message

    private boolean readWhole(ByteBuf in, int at, byte type, int total) {
        if (session.isSkippingUntilSync() && type != FrontendType.TERMINATE) {
            in.skipBytes(total);
            if (type == FrontendType.SYNC) {
                session.skippedUntilSync();
            }
            return true;
        }
        int body = at + MessageHeader.BYTES;
        int length = total - MessageHeader.BYTES;
        switch (type) {
            case FrontendType.QUERY, FrontendType.FUNCTION_CALL -> {
                if (sealFirst(in)) {
                    return true;
                }
                addSimple(type, in, body, length);
                scanned += total;
                seal(in, 0);
            }
            case FrontendType.PARSE,
                    FrontendType.BIND,
                    FrontendType.DESCRIBE,
                    FrontendType.EXECUTE,
                    FrontendType.CLOSE -> {
                addExtended(type, in, at, total);
                scanned += total;
                if (scanned > BATCH_BYTES_MAX) {
                    seal(in, 0);
                }
            }
            case FrontendType.SYNC, FrontendType.FLUSH -> {
                builder.addEnd(type);
                scanned += total;
                seal(in, 0);
            }
            case FrontendType.COPY_DATA, FrontendType.COPY_DONE, FrontendType.COPY_FAIL -> {
                return sealFirst(in) || beginCopyData(type, total);
            }
            case FrontendType.TERMINATE -> session.terminate();
            default ->
                    throw new ProtocolViolation(
                            "a message of type "
                                    + MessageHeader.describe(type)
                                    + " was not expected here");
        }
        return true;
    }

    private void addSimple(byte type, ByteBuf in, int body, int length) {
        try {
            builder.addSimple(type, in, body, length);
        } catch (ProtocolViolation malformed) {
            builder.addMalformed(type);
        }
    }

    private void addExtended(byte type, ByteBuf in, int at, int total) {
        try {
            builder.addExtended(type, in, at, total);
        } catch (ProtocolViolation malformed) {
            builder.addMalformed(type);
        }
    }

    /** What was collected leaves before a message that does not belong to it. */
    private boolean sealFirst(ByteBuf in) {
        if (scanned == 0) {
            return false;
        }
        seal(in, 0);
        return true;
    }

    private void seal(ByteBuf in, long missing) {
        Batch batch = builder.take();
        batch.bytes = in.readRetainedSlice(scanned);
        batch.missingBytes = missing;
        scanned = 0;
        session.take(batch);
    }
}
