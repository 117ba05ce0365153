package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** What was read joined to what was there; bytes that come one by one are not copied each time. */
final class Appended {
    private Appended() {}

    /** Takes over both buffers. */
    static ByteBuf to(ByteBuf before, ByteBuf more, ByteBufAllocator allocator) {
        ByteBuf both = before;
        if (before.refCnt() > 1 || before.writableBytes() < more.readableBytes()) {
            both = allocator.directBuffer(2 * (before.readableBytes() + more.readableBytes()));
            both.writeBytes(before);
            before.release();
        }
        both.writeBytes(more);
        more.release();
        return both;
    }
}
