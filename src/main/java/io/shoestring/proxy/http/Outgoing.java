package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;

/**
 * What is written to one socket. A head and a small body behind it leave in one buffer; everything
 * else goes as the slices that were read.
 */
final class Outgoing implements RequestSink {
    /** Copying this much costs less than another buffer in the system call. */
    static final int COPIED_BYTES_MAX = 4_096;

    private static final ByteBuf LINE_END = constant("\r\n");
    private static final ByteBuf NO_CHUNK = constant("0\r\n");
    private static final ByteBuf LAST_CHUNK = constant("0\r\n\r\n");

    private final Channel channel;
    private final LongAdder total;
    private @Nullable ByteBuf pending;
    private boolean wraps;
    private boolean dirty;
    private long bytes;
    private long counted;

    /**
     * @param total what is written is added to it
     */
    Outgoing(Channel channel, LongAdder total) {
        this.channel = channel;
        this.total = total;
    }

    private static ByteBuf constant(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(bytes.length).writeBytes(bytes).asReadOnly());
    }

    /** Begins with a head, which is taken over; small pieces of body are added to it. */
    void begin(ByteBuf head) {
        end();
        pending = head;
    }

    @Override
    public boolean isStream() {
        return false;
    }

    @Override
    public void beginRequest(ByteBuf head, boolean ends, boolean inChunks) {
        begin(head);
        if (ends) {
            end();
        } else if (inChunks) {
            wrap(true);
        }
    }

    @Override
    public void endBody(ByteBuf trailers) {
        endChunks(trailers);
    }

    /** Makes a chunk of each piece from now on, or does no longer. */
    void wrap(boolean inChunks) {
        wraps = inChunks;
    }

    @Override
    public void take(ByteBuf in, int index, int length) {
        if (wraps) {
            chunk(in, index, length);
        } else if (pending != null && length <= COPIED_BYTES_MAX) {
            pending.writeBytes(in, index, length);
        } else {
            end();
            write(in.retainedSlice(index, length));
        }
    }

    private void chunk(ByteBuf in, int index, int length) {
        end();
        ByteBuf size = channel.alloc().directBuffer(16);
        size.writeCharSequence(Integer.toHexString(length), StandardCharsets.US_ASCII);
        write(size.writeByte('\r').writeByte('\n'));
        write(in.retainedSlice(index, length));
        write(LINE_END.duplicate());
    }

    /** The chunk that says that there are no more. */
    void endChunks() {
        end();
        write(LAST_CHUNK.duplicate());
        wraps = false;
    }

    /** As {@link #endChunks()}, with lines of fields behind it, which stay the caller's. */
    void endChunks(ByteBuf trailers) {
        if (!trailers.isReadable()) {
            endChunks();
            return;
        }
        end();
        write(NO_CHUNK.duplicate());
        write(trailers.retainedSlice());
        write(LINE_END.duplicate());
        wraps = false;
    }

    /** Hands over what was collected. */
    @Override
    public void end() {
        ByteBuf collected = pending;
        if (collected != null) {
            pending = null;
            write(collected);
        }
    }

    private void write(ByteBuf buffer) {
        bytes += buffer.readableBytes();
        dirty = true;
        channel.write(buffer, channel.voidPromise());
    }

    void flush() {
        end();
        if (dirty) {
            dirty = false;
            total.add(bytes - counted);
            counted = bytes;
            channel.flush();
        }
    }

    /** Written so far. */
    long bytes() {
        return bytes;
    }

    /** Forgets what was not handed over. */
    void drop() {
        if (pending != null) {
            pending.release();
            pending = null;
        }
    }
}
