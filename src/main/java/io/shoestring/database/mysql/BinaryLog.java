package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.FileProblem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The binary log of a server that does not run. Only the newest file is read, and of it only the
 * events' heads: it begins with the state that the files before it lead to. The layout is that of
 * MariaDB's "Replication Protocol" pages: a head of 19 bytes, little-endian.
 */
final class BinaryLog {
    private static final Logger LOG = LoggerFactory.getLogger(BinaryLog.class);
    private static final int MAGIC_BYTES = 4;
    private static final int HEAD_BYTES = 19;
    private static final int FORMAT_DESCRIPTION = 15;
    private static final int GTID = 162;
    private static final int GTID_LIST = 163;
    private static final int IN_USE = 1;
    private static final int GTID_BYTES = 12;
    private static final int LIST_ENTRY_BYTES = 16;
    private static final int LIST_BYTES_MAX = 1 << 20;

    private BinaryLog() {}

    /**
     * What it says.
     *
     * @param state how far it goes
     * @param closed whether the server closed it in order: it was shut down cleanly
     */
    record End(GtidState state, boolean closed) {}

    /**
     * Reads the end of the log.
     *
     * @param index the list of its files, as {@code binlog.index}; the files stand beside it
     * @throws DatabaseException if it cannot be read
     */
    static End read(Path index) throws DatabaseException {
        try {
            List<Path> files = files(index);
            return files.isEmpty() ? new End(GtidState.EMPTY, true) : readFile(files.getLast());
        } catch (IOException e) {
            throw new DatabaseException(
                    "The binary log of " + index + " cannot be read: " + FileProblem.describe(e),
                    e);
        }
    }

    /**
     * How far events go that are in these files, of this log or of a relay log.
     *
     * @throws DatabaseException if one cannot be read
     */
    static GtidState through(List<Path> files) throws DatabaseException {
        Map<String, Long> all = new HashMap<>();
        for (Path file : files) {
            try {
                readFile(file)
                        .state()
                        .sequences()
                        .forEach((writer, sequence) -> all.merge(writer, sequence, Math::max));
            } catch (IOException e) {
                throw new DatabaseException(
                        file + " cannot be read: " + FileProblem.describe(e), e);
            }
        }
        return new GtidState(all);
    }

    /** The files that are listed, oldest first. */
    static List<Path> files(Path index) throws IOException {
        if (!Files.exists(index)) {
            return List.of();
        }
        return Files.readAllLines(index).stream()
                .filter(name -> !name.isBlank())
                .map(name -> index.resolveSibling(Path.of(name.strip())).normalize())
                .toList();
    }

    /** Takes the rest of a torn event off a file's end, because no program reads over that. */
    static void cutTorn(Path file) throws DatabaseException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            AtomicLong end = new AtomicLong();
            walk(
                    channel,
                    new Visitor() {
                        @Override
                        public void end(long at) {
                            end.set(at);
                        }
                    });
            if (end.get() < channel.size()) {
                LOG.info("{} is torn at byte {}: the rest is cut off", file, end.get());
                channel.truncate(end.get());
            }
        } catch (IOException e) {
            throw new DatabaseException(
                    "The torn end of " + file + " cannot be cut off: " + FileProblem.describe(e),
                    e);
        }
    }

    private static End readFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return walk(channel, new Visitor() {});
        }
    }

    /** Is told what a file has, in its order. */
    interface Visitor {
        /** The state that the files before it lead to. */
        default void before(GtidState state) {}

        /** A transaction that begins there, and the state with it. */
        default void transaction(long at, GtidState upToIt) {}

        /** The end of the last whole event. */
        default void end(long at) {}
    }

    /** Goes through a file, up to its end or to what a crash has torn. */
    static End walk(FileChannel channel, Visitor visitor) throws IOException {
        GtidState state = GtidState.EMPTY;
        boolean closed = true;
        boolean torn = false;
        long at = MAGIC_BYTES;
        ByteBuffer head = buffer(HEAD_BYTES);
        while (!torn && filled(channel, head, at)) {
            int type = Byte.toUnsignedInt(head.get(4));
            long writer = Integer.toUnsignedLong(head.getInt(5));
            long length = Integer.toUnsignedLong(head.getInt(9));
            torn = length < HEAD_BYTES || at + length > channel.size();
            if (!torn) {
                switch (type) {
                    case FORMAT_DESCRIPTION -> closed = (head.getShort(17) & IN_USE) == 0;
                    case GTID -> {
                        state = withOne(state, channel, at + HEAD_BYTES, writer);
                        visitor.transaction(at, state);
                    }
                    case GTID_LIST -> {
                        state = withList(state, channel, at + HEAD_BYTES, length - HEAD_BYTES);
                        visitor.before(state);
                    }
                    default -> {}
                }
                at += length;
            }
        }
        visitor.end(at);
        // What is torn the server will cut off.
        return new End(state, closed && !torn);
    }

    private static GtidState withOne(GtidState state, FileChannel channel, long at, long writer)
            throws IOException {
        ByteBuffer body = buffer(GTID_BYTES);
        if (!filled(channel, body, at)) {
            return state;
        }
        return state.with(Integer.toUnsignedLong(body.getInt(8)), writer, body.getLong(0));
    }

    private static GtidState withList(GtidState state, FileChannel channel, long at, long length)
            throws IOException {
        ByteBuffer body = buffer((int) Math.min(length, LIST_BYTES_MAX));
        if (!filled(channel, body, at)) {
            return state;
        }
        // The upper four bits of the count are flags.
        int count = body.getInt(0) & 0x0fff_ffff;
        GtidState all = state;
        for (int i = 0; i < count && 4 + (i + 1) * LIST_ENTRY_BYTES <= body.limit(); i++) {
            int entry = 4 + i * LIST_ENTRY_BYTES;
            all =
                    all.with(
                            Integer.toUnsignedLong(body.getInt(entry)),
                            Integer.toUnsignedLong(body.getInt(entry + 4)),
                            body.getLong(entry + 8));
        }
        return all;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Fills the buffer from there; false if the file ends before. */
    private static boolean filled(FileChannel channel, ByteBuffer buffer, long at)
            throws IOException {
        buffer.clear();
        long from = at;
        while (buffer.hasRemaining()) {
            int read = channel.read(buffer, from);
            if (read < 0) {
                return false;
            }
            from += read;
        }
        buffer.flip();
        return true;
    }
}
