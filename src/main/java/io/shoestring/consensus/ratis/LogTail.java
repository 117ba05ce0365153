package io.shoestring.consensus.ratis;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Cuts what a crash left half written at the end of a log. Ratis itself refuses to start on it:
 * files are longer than their content, so a torn entry looks damaged to it, not short.
 *
 * <p>A segment is the eight bytes {@code RaftLog1}, then entries (a length as a base-128 number, as
 * many bytes, their CRC-32C), then zeros. INVARIANT: nothing is cut that a whole entry follows;
 * such damage does not come from a crash, and the voter must not go on as if it had never seen the
 * entry.
 */
final class LogTail {
    private static final Logger LOG = LoggerFactory.getLogger(LogTail.class);
    private static final int HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII).length;
    private static final int SUM = 4;
    private static final int LONGEST_ENTRY = 1 << 20;

    private final Path segment;
    private final byte[] bytes;

    private LogTail(Path segment) throws IOException {
        this.segment = segment;
        this.bytes = Files.readAllBytes(segment);
    }

    /**
     * Mends the open segment of the log in {@code current}, if there is one.
     *
     * @throws IOException if it is damaged in its middle; nothing is changed then
     */
    static void mend(Path current) throws IOException {
        List<Path> open;
        try (var files = Files.newDirectoryStream(current, "log_inprogress_*")) {
            open = java.util.stream.StreamSupport.stream(files.spliterator(), false).toList();
        }
        for (Path segment : open) {
            new LogTail(segment).mend();
        }
    }

    private void mend() throws IOException {
        int end = HEADER;
        for (int next = after(end); next > 0; next = after(end)) {
            end = next;
        }
        if (isZeroFrom(end)) {
            return;
        }
        refuseIfWholeEntriesFollow(end);
        try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
            file.setLength(end);
            file.getFD().sync();
        }
        LOG.warn("{}: an entry that a crash had torn was cut at byte {}", segment, end);
    }

    /** Where the entry at {@code at} ends; 0 if there is no whole one. */
    private int after(int at) {
        long length = 0;
        int body = at;
        for (int shift = 0; ; shift += 7) {
            if (body >= bytes.length || shift > 28) {
                return 0;
            }
            length |= (long) (bytes[body] & 0x7f) << shift;
            if (bytes[body++] >= 0) {
                break;
            }
        }
        long end = body + length + SUM;
        if (length == 0 || length > LONGEST_ENTRY || end > bytes.length) {
            return 0;
        }
        return isWhole(at, (int) end - SUM) ? (int) end : 0;
    }

    private boolean isWhole(int from, int sumAt) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, from, sumAt - from);
        return (int) sum.getValue() == ByteBuffer.wrap(bytes).getInt(sumAt);
    }

    private boolean isZeroFrom(int at) {
        for (int each = at; each < bytes.length; each++) {
            if (bytes[each] != 0) {
                return false;
            }
        }
        return true;
    }

    private void refuseIfWholeEntriesFollow(int damaged) throws IOException {
        for (int at = damaged + 1; at < bytes.length; at++) {
            if (bytes[at] != 0 && after(at) > 0) {
                throw new IOException(
                        ("the log %s is damaged at byte %d while later entries are whole, so this"
                                        + " is not the trace of a crash. Nothing was changed. Check"
                                        + " the disk; then remove this voter from the cluster, and"
                                        + " let it join anew with an empty directory")
                                .formatted(segment, damaged));
            }
        }
    }
}
