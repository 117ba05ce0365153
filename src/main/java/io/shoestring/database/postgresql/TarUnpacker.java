package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Writes the files of a tar archive (POSIX.1-1988, 'ustar') as its bytes come, in the form in which
 * PostgreSQL sends a base backup: directories, files and links that have short names. Not
 * thread-safe.
 *
 * <p>INVARIANT: nothing is written outside of the directory, whatever the archive says, and nothing
 * that is there is overwritten.
 */
final class TarUnpacker implements AutoCloseable {
    private static final int BLOCK = 512;
    private static final int NAME = 0;
    private static final int NAME_BYTES = 100;
    private static final int MODE = 100;
    private static final int MODE_BYTES = 8;
    private static final int SIZE = 124;
    private static final int SIZE_BYTES = 12;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_BYTES = 8;
    private static final int TYPE = 156;
    private static final int LINK = 157;
    private static final byte DIRECTORY = '5';
    private static final byte SYMBOLIC_LINK = '2';
    private static final byte FILE = '0';
    private static final PosixFilePermission[] PERMISSIONS = PosixFilePermission.values();

    private final Path into;
    private final Account account;
    private final Map<Path, Path> places;
    private final byte[] header = new byte[BLOCK];
    private int headerBytes;
    private long fileBytes;
    private int padding;
    private boolean ended;
    private @Nullable OutputStream file;

    /**
     * @param into a directory that is there, and empty
     * @param account to which all is given
     * @param places where links shall point to, by where they point to in the archive
     */
    TarUnpacker(Path into, Account account, Map<Path, Path> places) {
        this.into = into;
        this.account = account;
        this.places = Map.copyOf(places);
    }

    /** Takes the next bytes, wherever they were cut. */
    void write(byte[] bytes, int offset, int length) throws IOException, DatabaseException {
        int from = offset;
        int end = offset + length;
        while (from < end && !ended) {
            from += step(bytes, from, end - from);
        }
    }

    /** How many bytes it took. */
    private int step(byte[] bytes, int from, int most) throws IOException, DatabaseException {
        OutputStream open = file;
        if (open != null) {
            int taken = (int) Math.min(fileBytes, most);
            open.write(bytes, from, taken);
            fileBytes -= taken;
            endOfFile();
            return taken;
        }
        if (padding > 0) {
            int taken = Math.min(padding, most);
            padding -= taken;
            return taken;
        }
        int taken = Math.min(BLOCK - headerBytes, most);
        System.arraycopy(bytes, from, header, headerBytes, taken);
        headerBytes += taken;
        if (headerBytes == BLOCK) {
            headerBytes = 0;
            begin();
        }
        return taken;
    }

    private void endOfFile() throws IOException {
        OutputStream open = file;
        if (open != null && fileBytes == 0) {
            open.close();
            file = null;
        }
    }

    private void begin() throws IOException, DatabaseException {
        if (isZero()) {
            ended = true;
            return;
        }
        if (number(CHECKSUM, CHECKSUM_BYTES) != checksum()) {
            throw new DatabaseException("The copy that came is damaged: a header is none.");
        }
        String name = text(NAME, NAME_BYTES);
        Path path = inside(name);
        switch (header[TYPE]) {
            case DIRECTORY -> directory(path);
            case SYMBOLIC_LINK -> link(path);
            case FILE -> file(path);
            default ->
                    throw new DatabaseException(
                            "The copy that came has %s, which is neither file, directory nor link."
                                    .formatted(name));
        }
    }

    private Path inside(String name) throws DatabaseException {
        Path path = into.resolve(name).normalize();
        if (name.isEmpty() || !path.startsWith(into)) {
            throw new DatabaseException(
                    "The copy that came has a file '%s', which is not in its directory."
                            .formatted(name));
        }
        return path;
    }

    private void directory(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Files.createDirectory(path, permissions());
            account.give(path);
        }
    }

    private void link(Path path) throws IOException {
        Path there = Path.of(text(LINK, NAME_BYTES));
        Files.createSymbolicLink(path, places.getOrDefault(there, there));
        account.give(path);
    }

    private void file(Path path) throws IOException {
        Files.createFile(path, permissions());
        account.give(path);
        fileBytes = number(SIZE, SIZE_BYTES);
        padding = (int) (-fileBytes & (BLOCK - 1));
        file = Files.newOutputStream(path);
        endOfFile();
    }

    /** Those of the owner and the group: nobody else may look at the data of a database. */
    private FileAttribute<Set<PosixFilePermission>> permissions() {
        long mode = number(MODE, MODE_BYTES);
        Set<PosixFilePermission> granted = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < PERMISSIONS.length - 3; i++) {
            if ((mode >> (PERMISSIONS.length - 1 - i) & 1) == 1) {
                granted.add(PERMISSIONS[i]);
            }
        }
        return PosixFilePermissions.asFileAttribute(granted);
    }

    /** Octal digits; a size that has too many for them is binary, which its first bit says. */
    private long number(int offset, int length) {
        long value = 0;
        if (header[offset] < 0) {
            for (int i = 1; i < length; i++) {
                value = (value << 8) | (header[offset + i] & 0xFF);
            }
            return value;
        }
        for (int i = 0; i < length; i++) {
            byte digit = header[offset + i];
            if (digit >= '0' && digit <= '7') {
                value = value << 3 | digit - '0';
            }
        }
        return value;
    }

    private String text(int offset, int most) {
        int length = 0;
        while (length < most && header[offset + length] != 0) {
            length++;
        }
        return new String(header, offset, length, StandardCharsets.UTF_8);
    }

    /** The sum of all bytes, those of the sum itself taken for spaces. */
    private int checksum() {
        int sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            boolean own = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_BYTES;
            sum += own ? ' ' : header[i] & 0xFF;
        }
        return sum;
    }

    private boolean isZero() {
        for (byte each : header) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * The archive is over.
     *
     * @throws DatabaseException if it broke off in the middle of something
     */
    void finish() throws DatabaseException {
        if (file != null || headerBytes > 0) {
            throw new DatabaseException("The copy that came ends in the middle of a file.");
        }
    }

    @Override
    public void close() throws IOException {
        OutputStream open = file;
        file = null;
        if (open != null) {
            open.close();
        }
    }
}
