package io.shoestring.monitoring.history;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.zip.CRC32;

/**
 * Rows of a fixed size, of which the newest overwrites the oldest. A row says which slot it is of
 * and has a checksum: what was torn by a power cut, or is of an earlier round, is no row. It is
 * written by one call and never forced to the disk: the kernel does that when it suits. Not
 * thread-safe.
 *
 * <pre>
 *   slot 8 bytes │ checksum 4 │ columns 2 │ covered 2 │ (mean 4, high 4) for each column
 * </pre>
 */
final class RingFile implements AutoCloseable {
    private static final int HEAD = 16;
    private static final int CELL = 2 * Float.BYTES;

    private final FileChannel file;
    private final int rows;
    private final int rowBytes;
    private final ByteBuffer buffer;

    private RingFile(FileChannel file, int rows, int columnsMax) {
        this.file = file;
        this.rows = rows;
        this.rowBytes = HEAD + columnsMax * CELL;
        this.buffer = ByteBuffer.allocateDirect(rowBytes);
    }

    /**
     * Opens it, or makes it. It takes room on the disk as it fills, and never more than its size.
     *
     * @throws IOException if it cannot be used
     */
    static RingFile open(Path path, int rows, int columnsMax) throws IOException {
        FileChannel file =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        RingFile opened = new RingFile(file, rows, columnsMax);
        long size = (long) rows * opened.rowBytes;
        if (file.size() > size) {
            file.truncate(size);
        }
        return opened;
    }

    /**
     * Writes the row of a slot.
     *
     * @throws IOException if the disk is full or broken; the row is lost then, and only it
     */
    void write(long slot, Row row) throws IOException {
        buffer.clear();
        buffer.putLong(slot).putInt(0);
        buffer.putShort((short) row.columns()).putShort((short) row.covered());
        for (int i = 0; i < row.columns(); i++) {
            buffer.putFloat(row.mean(i)).putFloat(row.high(i));
        }
        buffer.flip();
        buffer.putInt(Long.BYTES, checksum(buffer.limit()));
        long at = position(slot);
        while (buffer.hasRemaining()) {
            at += file.write(buffer, at);
        }
    }

    /** The row of a slot; {@link Row#NONE} if there is none. */
    Row read(long slot) throws IOException {
        buffer.clear();
        long at = position(slot);
        while (buffer.hasRemaining()) {
            int count = file.read(buffer, at + buffer.position());
            if (count < 0) {
                break;
            }
        }
        buffer.flip();
        return row(slot);
    }

    private Row row(long slot) {
        if (buffer.limit() < HEAD || buffer.getLong(0) != slot) {
            return Row.NONE;
        }
        int columns = Short.toUnsignedInt(buffer.getShort(12));
        int covered = Short.toUnsignedInt(buffer.getShort(14));
        int length = HEAD + columns * CELL;
        if (length > buffer.limit() || buffer.getInt(Long.BYTES) != checksum(length)) {
            return Row.NONE;
        }
        float[] means = new float[columns];
        float[] highs = new float[columns];
        for (int i = 0; i < columns; i++) {
            means[i] = buffer.getFloat(HEAD + i * CELL);
            highs[i] = buffer.getFloat(HEAD + i * CELL + Float.BYTES);
        }
        return new Row(covered, means, highs);
    }

    /** The newest slot that has a row. */
    OptionalLong newest() throws IOException {
        OptionalLong newest = OptionalLong.empty();
        ByteBuffer head = ByteBuffer.allocateDirect(Long.BYTES);
        for (int i = 0; i < rows && (long) i * rowBytes < file.size(); i++) {
            head.clear();
            if (file.read(head, (long) i * rowBytes) == Long.BYTES) {
                long slot = head.getLong(0);
                boolean newer = newest.isEmpty() || slot > newest.getAsLong();
                if (newer && position(slot) == (long) i * rowBytes && read(slot) != Row.NONE) {
                    newest = OptionalLong.of(slot);
                }
            }
        }
        return newest;
    }

    private long position(long slot) {
        return Math.floorMod(slot, rows) * (long) rowBytes;
    }

    /** Of everything but itself. */
    private int checksum(int length) {
        CRC32 crc = new CRC32();
        crc.update(buffer.slice(0, Long.BYTES));
        crc.update(buffer.slice(HEAD - 4, length - HEAD + 4));
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
