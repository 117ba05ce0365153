package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.Packet;

/**
 * The client's file for LOAD DATA LOCAL, as it comes: packets of any size, an empty one ends it. On
 * the client's event loop only.
 */
final class FileTransfer {
    private int packetLeft;

    /** A file begins. */
    void begin() {
        packetLeft = 0;
    }

    /**
     * Passes on what is there.
     *
     * @return whether that was anything
     */
    boolean read(ByteBuf in, ServerLink link, ClientConnection client) {
        int from = in.readerIndex();
        int at = from;
        boolean whole = false;
        while (!whole) {
            int part = Math.min(packetLeft, in.writerIndex() - at);
            packetLeft -= part;
            at += part;
            if (packetLeft > 0 || in.writerIndex() - at < Packet.HEADER_BYTES) {
                break;
            }
            packetLeft = Packet.length(in, at);
            whole = packetLeft == 0;
            at += Packet.HEADER_BYTES;
        }
        if (at == from) {
            return false;
        }
        if (whole) {
            link.fileSent();
        }
        link.sendMore(in.readRetainedSlice(at - from));
        client.setReading(link.isWritable() || whole);
        return true;
    }
}
