package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.shoestring.protocol.mysql.CompressedPackets;
import io.shoestring.protocol.mysql.MysqlViolation;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Stands between a client that wants compression and its {@link ClientConnection}, from the end of
 * the log-in on. On the client's event loop.
 */
final class Compression extends ChannelDuplexHandler {
    private final CompressedPackets packets = new CompressedPackets();
    private @Nullable ByteBuf rest;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = appended(context, (ByteBuf) message);
        rest = null;
        List<ByteBuf> whole = new ArrayList<>(1);
        try {
            while (packets.isWhole(in)) {
                whole.add(packets.read(in, context.alloc()));
            }
        } catch (MysqlViolation violation) {
            whole.forEach(ByteBuf::release);
            in.release();
            context.fireExceptionCaught(violation);
            return;
        }
        if (in.isReadable()) {
            rest = in;
        } else {
            in.release();
        }
        whole.forEach(context::fireChannelRead);
    }

    /** What comes byte for byte must not be copied again with each byte. */
    private ByteBuf appended(ChannelHandlerContext context, ByteBuf in) {
        ByteBuf before = rest;
        if (before == null) {
            return in;
        }
        ByteBuf both = before;
        if (before.refCnt() > 1 || before.writableBytes() < in.readableBytes()) {
            both = context.alloc().buffer(2 * (before.readableBytes() + in.readableBytes()));
            both.writeBytes(before);
            before.release();
        }
        both.writeBytes(in);
        in.release();
        return both;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        ByteBuf plain = (ByteBuf) message;
        ByteBuf out = context.alloc().buffer(64 + plain.readableBytes() / 2);
        try {
            packets.write(plain, out);
        } finally {
            plain.release();
        }
        context.write(out, promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        packets.close();
        if (rest != null) {
            rest.release();
            rest = null;
        }
    }
}
