package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.http.FieldSink;

/** The fields behind a body as lines of HTTP/1. */
final class TrailerLines {
    private TrailerLines() {}

    /** Writes a line for each field that it is told. */
    static FieldSink into(ByteBuf out) {
        return (bytes, nameFrom, nameTo, valueFrom, valueTo) -> {
            out.writeBytes(bytes, nameFrom, nameTo - nameFrom).writeByte(':').writeByte(' ');
            out.writeBytes(bytes, valueFrom, valueTo - valueFrom).writeByte('\r').writeByte('\n');
        };
    }
}
