package io.shoestring.protocol.http;

import io.netty.buffer.ByteBuf;

/**
 * Follows a body from its first byte to its last, and says which bytes of it go on. Nothing is kept
 * but trailers, up to a limit. Used again for each message. Not thread-safe.
 *
 * <p>A chunked body goes on in chunks as it came, but without extensions and without trailers that
 * have no business there; or, for a receiver that knows no chunks, without any framing.
 */
public final class BodyReader {
    /** Chunk extensions of one message, in bytes. */
    static final int EXTENSION_BYTES_MAX = 4_096;

    /** A chunk is at most 2 GiB. */
    private static final int SIZE_DIGITS_MAX = 16;

    /** Where bytes that go on are taken. */
    @FunctionalInterface
    public interface Sink {
        /** {@code length} bytes at {@code index} go on; {@code in} stays the caller's. */
        void take(ByteBuf in, int index, int length);
    }

    private enum State {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILERS,
        LAST_LF,
        DONE
    }

    private final Trailers trailers = new Trailers();
    private Framing framing = Framing.NONE;
    private boolean unwraps;
    private State state = State.DONE;
    private long remaining;
    private int digits;
    private int extensionBytes;
    private boolean quoted;
    private boolean escaped;

    /** Where what goes on begins, in the buffer that is being read; -1: nothing does. */
    private int regionAt;

    /**
     * Begins a body.
     *
     * @param length its length if {@code framing} is LENGTH
     * @param unwraps whether chunks are taken apart, for a receiver of HTTP/1.0
     */
    public void begin(Framing framing, long length, boolean unwraps) {
        this.framing = framing;
        this.unwraps = unwraps;
        remaining = framing == Framing.LENGTH ? length : 0;
        state = framing == Framing.NONE ? State.DONE : State.DATA;
        if (framing == Framing.CHUNKED) {
            state = State.SIZE;
            digits = 0;
            extensionBytes = 0;
            trailers.clear();
        }
    }

    /** Whether the last byte has been read. A body that ends with the connection never is. */
    public boolean isDone() {
        return state == State.DONE;
    }

    /** How its end is known. */
    public Framing framing() {
        return framing;
    }

    /** Tells of the trailers that may go on; none unless the body came in chunks and is done. */
    public void tellTrailers(FieldSink sink) {
        if (framing == Framing.CHUNKED && isDone()) {
            trailers.tell(sink);
        }
    }

    /**
     * Reads what is there, at most up to the body's end.
     *
     * @throws HttpViolation if chunks are malformed
     */
    public void read(ByteBuf in, Sink sink) {
        switch (framing) {
            case NONE -> {}
            case LENGTH -> readLength(in, sink);
            case UNTIL_CLOSE -> pass(in, in.readableBytes(), sink);
            case CHUNKED -> readChunks(in, sink);
        }
    }

    private void readLength(ByteBuf in, Sink sink) {
        int length = (int) Math.min(remaining, in.readableBytes());
        pass(in, length, sink);
        remaining -= length;
        if (remaining == 0) {
            state = State.DONE;
        }
    }

    private static void pass(ByteBuf in, int length, Sink sink) {
        if (length > 0) {
            sink.take(in, in.readerIndex(), length);
            in.skipBytes(length);
        }
    }

    // ------------------------------------------------------------------ chunks

    private void readChunks(ByteBuf in, Sink sink) {
        regionAt = goesOn() ? in.readerIndex() : -1;
        while (in.isReadable() && state != State.DONE) {
            if (state == State.DATA) {
                int length = (int) Math.min(remaining, in.readableBytes());
                in.skipBytes(length);
                remaining -= length;
                if (remaining == 0) {
                    enter(State.DATA_CR, in, in.readerIndex(), sink);
                }
            } else {
                octet(in.readByte(), in, in.readerIndex() - 1, sink);
            }
        }
        cut(in, in.readerIndex(), sink);
    }

    /** Whether bytes of this state go on as they came. */
    private boolean goesOn() {
        return switch (state) {
            case DATA -> true;
            case EXTENSION, TRAILERS -> false;
            default -> !unwraps;
        };
    }

    /** In the state from the byte at {@code index} on. */
    private void enter(State next, ByteBuf in, int index, Sink sink) {
        boolean before = goesOn();
        state = next;
        boolean after = goesOn();
        if (before && !after) {
            cut(in, index, sink);
        } else if (!before && after) {
            regionAt = index;
        }
    }

    private void cut(ByteBuf in, int index, Sink sink) {
        if (regionAt >= 0 && index > regionAt) {
            sink.take(in, regionAt, index - regionAt);
        }
        regionAt = -1;
    }

    private void octet(byte octet, ByteBuf in, int index, Sink sink) {
        switch (state) {
            case SIZE -> size(octet, in, index, sink);
            case EXTENSION -> extension(octet, in, index, sink);
            case SIZE_LF -> sizeEnds(octet, in, index, sink);
            case DATA_CR -> {
                expect(octet, Octets.CR);
                enter(State.DATA_LF, in, index + 1, sink);
            }
            case DATA_LF -> {
                expect(octet, Octets.LF);
                digits = 0;
                remaining = 0;
                enter(State.SIZE, in, index + 1, sink);
            }
            case TRAILERS -> trailer(octet, in, index, sink);
            case LAST_LF -> {
                expect(octet, Octets.LF);
                enter(State.DONE, in, index + 1, sink);
            }
            case DATA, DONE -> throw new IllegalStateException("no octet is read here");
        }
    }

    private static void expect(byte octet, byte expected) {
        if (octet != expected) {
            throw HttpViolation.malformed("a chunk does not end where its size says");
        }
    }

    private void size(byte octet, ByteBuf in, int index, Sink sink) {
        int digit = Octets.hex(octet);
        if (digit >= 0) {
            remaining = remaining << 4 | digit;
            if (++digits > SIZE_DIGITS_MAX || remaining > Integer.MAX_VALUE) {
                throw HttpViolation.malformed("a chunk is larger than 2147483647 bytes");
            }
        } else if (digits > 0 && octet == ';') {
            quoted = false;
            escaped = false;
            enter(State.EXTENSION, in, index, sink);
        } else if (digits > 0 && octet == Octets.CR) {
            enter(State.SIZE_LF, in, index, sink);
        } else {
            throw HttpViolation.malformed("a chunk's size is malformed");
        }
    }

    private void extension(byte octet, ByteBuf in, int index, Sink sink) {
        if (octet == Octets.CR && !quoted) {
            enter(State.SIZE_LF, in, index, sink);
            return;
        }
        if (Octets.isControl(octet)) {
            throw HttpViolation.malformed("a chunk's extension is malformed");
        }
        if (++extensionBytes > EXTENSION_BYTES_MAX) {
            throw HttpViolation.malformed(
                    "the chunks' extensions are larger than " + EXTENSION_BYTES_MAX + " bytes");
        }
        if (escaped) {
            escaped = false;
        } else if (quoted && octet == '\\') {
            escaped = true;
        } else if (octet == '"') {
            quoted = !quoted;
        }
    }

    private void sizeEnds(byte octet, ByteBuf in, int index, Sink sink) {
        if (octet != Octets.LF) {
            throw HttpViolation.malformed("a chunk's size is malformed");
        }
        enter(remaining == 0 ? State.TRAILERS : State.DATA, in, index + 1, sink);
    }

    private void trailer(byte octet, ByteBuf in, int index, Sink sink) {
        if (trailers.isAtLineStart() && octet == Octets.CR) {
            if (!unwraps) {
                trailers.writeTo(sink);
            }
            enter(State.LAST_LF, in, index, sink);
            return;
        }
        trailers.add(octet);
    }
}
