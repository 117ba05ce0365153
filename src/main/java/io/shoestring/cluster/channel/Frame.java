package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What goes over the wire, in both directions; equal only to itself:
 *
 * <pre>
 *   length of the rest (4) | kind (1) | id of the call (8) | length of the path (1) | path | body
 * </pre>
 */
final class Frame {
    /** Length without path and body. */
    static final int HEADER_BYTES = 10;

    private static final int PATH_BYTES_MAX = 255;
    private static final byte[] NOTHING = {};

    enum Kind {
        GREETING(0),
        ALIVE(1),
        CALL(2),
        CANCEL(3),
        ANSWER(4),
        REFUSED(5);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        private static Kind of(int code) throws IOException {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IOException("a message of the unknown kind " + code);
        }
    }

    private final Kind kind;
    private final long id;
    private final String path;
    private final byte[] body;

    /**
     * A frame.
     *
     * @param path what is asked; empty in all kinds but {@link Kind#CALL}
     * @param body JSON, not copied; of {@link Kind#REFUSED} a sentence
     */
    Frame(Kind kind, long id, String path, byte[] body) {
        this.kind = requireNonNull(kind, "kind is null");
        this.id = id;
        this.path = requireNonNull(path, "path is null");
        this.body = requireNonNull(body, "body is null");
    }

    Kind kind() {
        return kind;
    }

    long id() {
        return id;
    }

    String path() {
        return path;
    }

    byte[] body() {
        return body;
    }

    static Frame alive() {
        return new Frame(Kind.ALIVE, 0, "", NOTHING);
    }

    static Frame cancel(long id) {
        return new Frame(Kind.CANCEL, id, "", NOTHING);
    }

    static Frame refused(long id, String sentence) {
        return new Frame(Kind.REFUSED, id, "", sentence.getBytes(StandardCharsets.UTF_8));
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    int bytes() {
        return HEADER_BYTES + path.length() + body.length;
    }

    void write(DataOutputStream out) throws IOException {
        byte[] name = path.getBytes(StandardCharsets.US_ASCII);
        if (name.length > PATH_BYTES_MAX) {
            throw new IllegalArgumentException("the path is longer than " + PATH_BYTES_MAX);
        }
        out.writeInt(HEADER_BYTES + name.length + body.length);
        out.writeByte(kind.code);
        out.writeLong(id);
        out.writeByte(name.length);
        out.write(name);
        out.write(body);
    }

    /**
     * Reads the next frame whose length has been read already.
     *
     * @throws IOException that says what was wrong with it
     */
    static Frame read(DataInputStream in, int length, int bytesMax) throws IOException {
        if (length < HEADER_BYTES || length > bytesMax) {
            throw new IOException(
                    "a message of %d bytes; between %d and %d are allowed"
                            .formatted(length, HEADER_BYTES, bytesMax));
        }
        Kind kind = Kind.of(in.readUnsignedByte());
        long id = in.readLong();
        int pathLength = in.readUnsignedByte();
        if (pathLength > length - HEADER_BYTES) {
            throw new IOException("a message with a path that is longer than itself");
        }
        String path = new String(in.readNBytes(pathLength), StandardCharsets.US_ASCII);
        byte[] body = new byte[length - HEADER_BYTES - pathLength];
        in.readFully(body);
        return new Frame(kind, id, path, body);
    }
}
