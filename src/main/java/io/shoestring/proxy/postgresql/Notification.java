package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.shoestring.protocol.postgresql.BackendBodies;
import io.shoestring.protocol.postgresql.MessageHeader;

/**
 * A notification as it came from a server; clients on several event loops get the same.
 *
 * @param channel one character per byte
 * @param message the whole message, never changed
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Notification(String channel, byte[] message) {
    /** The whole message from {@code at} to the reader index. */
    static Notification read(ByteBuf in, int at) {
        return new Notification(
                channel(in, at), ByteBufUtil.getBytes(in, at, in.readerIndex() - at));
    }

    /** On which channel the message from {@code at} to the reader index is. */
    static String channel(ByteBuf in, int at) {
        int body = at + MessageHeader.BYTES;
        return BackendBodies.notificationChannel(in, body, in.readerIndex() - body);
    }

    /** Whether it reads the same in every encoding. */
    boolean isAscii() {
        // What comes before the channel is no text.
        for (int i = MessageHeader.BYTES + Integer.BYTES; i < message.length; i++) {
            if (message[i] < 0) {
                return false;
            }
        }
        return true;
    }
}
