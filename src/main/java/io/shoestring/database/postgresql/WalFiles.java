package io.shoestring.database.postgresql;

import io.shoestring.model.Lsn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The segments of the write-ahead log on disk. Their names are three times eight hexadecimal
 * digits: the timeline, and the segment's number in two parts.
 */
final class WalFiles {
    private static final Pattern SEGMENT = Pattern.compile("[0-9A-F]{24}(\\.partial)?");

    private final Path directory;
    private final int segmentBytes;

    WalFiles(DataDirectory data, int segmentBytes) {
        this.directory = data.file("pg_wal");
        this.segmentBytes = segmentBytes;
    }

    /**
     * The youngest timeline whose segment holds the byte before {@code end}: the one on which it
     * was received. The control file lags behind a change of the timeline until the next
     * checkpoint.
     *
     * @param known what the control file says; taken if there is no such segment
     */
    int timelineOf(Lsn end, int known) {
        if (end.equals(Lsn.ZERO)) {
            return known;
        }
        long segment = segmentOf(new Lsn(end.value() - 1));
        int youngest =
                segments().stream()
                        .filter(name -> name.length() == 24 && numberOf(name) == segment)
                        .mapToInt(WalFiles::timeline)
                        .max()
                        .orElse(known);
        return Math.max(youngest, known);
    }

    /**
     * The files of the segments from the one that holds {@code from} to the one after that which
     * holds the beginning of the last record (it may reach into it). Segments that are there for
     * later use have nothing of ours in them.
     *
     * @param lastRecord empty if unknown: then all
     */
    List<Path> between(Lsn from, Optional<Lsn> lastRecord) {
        long first = segmentOf(from);
        long last = lastRecord.map(record -> segmentOf(record) + 1).orElse(Long.MAX_VALUE);
        return segments().stream()
                .filter(name -> numberOf(name) >= first && numberOf(name) <= last)
                .sorted()
                .map(directory::resolve)
                .toList();
    }

    /** The histories of the timelines. */
    List<Path> histories() {
        return names().stream()
                .filter(name -> name.endsWith(".history"))
                .sorted()
                .map(directory::resolve)
                .toList();
    }

    /** The name of the segment that holds {@code position}. */
    String nameOf(int timeline, Lsn position) {
        long segment = segmentOf(position);
        long perLog = 0x1_0000_0000L / segmentBytes;
        return "%08X%08X%08X".formatted(timeline, segment / perLog, segment % perLog);
    }

    private long segmentOf(Lsn position) {
        return Long.divideUnsigned(position.value(), segmentBytes);
    }

    private long numberOf(String name) {
        long perLog = 0x1_0000_0000L / segmentBytes;
        return Long.parseLong(name, 8, 16, 16) * perLog + Long.parseLong(name, 16, 24, 16);
    }

    private static int timeline(String name) {
        return Integer.parseUnsignedInt(name, 0, 8, 16);
    }

    private List<String> segments() {
        return names().stream().filter(name -> SEGMENT.matcher(name).matches()).toList();
    }

    private List<String> names() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
