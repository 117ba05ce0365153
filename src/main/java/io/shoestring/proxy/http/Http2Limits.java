package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;

/** What bounds one client of HTTP/2, beside what bounds every client. */
final class Http2Limits {
    /** Requests at the same time. */
    static final int STREAMS = 100;

    /** What a client may send of one body before a server takes it. */
    static final int STREAM_WINDOW_BYTES = 256 << 10;

    /** The same, of all bodies of a connection: what one client makes us keep at most. */
    static final int CONNECTION_WINDOW_BYTES = 1 << 20;

    /** Requests at the same time by one connection to a server. */
    static final int SERVER_STREAMS = 64;

    /** What a server may send of one answer before its client takes it. */
    static final int SERVER_STREAM_WINDOW_BYTES = 128 << 10;

    /** Enough for all streams of a connection: who takes nothing holds up nobody else. */
    static final int SERVER_WINDOW_BYTES = SERVER_STREAMS * SERVER_STREAM_WINDOW_BYTES;

    /** RFC 9113 section 6.9.2. */
    static final int WINDOW_BYTES_AT_FIRST = 65_535;

    /** Streams that a client may take back, or lose by its own mistakes, in {@link #SECONDS}. */
    static final int RESETS = 200;

    static final int SECONDS = 30;

    /** Answers to PING and SETTINGS that a client lets wait. */
    static final int QUEUED_CONTROL_FRAMES = 1_000;

    /** DATA without data, one behind the other. */
    static final int EMPTY_FRAMES = 2;

    /** CONTINUATION frames of one header that are nearly empty. */
    static final int SMALL_CONTINUATIONS = 16;

    /** "PRI ": no method of HTTP/1 begins so (RFC 9113 section 3.4). */
    private static final int PREFACE_BEGINS = 0x50524920;

    private Http2Limits() {}

    /** Whether a connection begins with HTTP/2. */
    static boolean isPreface(ByteBuf bytes) {
        return bytes.readableBytes() >= Integer.BYTES
                && bytes.getInt(bytes.readerIndex()) == PREFACE_BEGINS;
    }
}
