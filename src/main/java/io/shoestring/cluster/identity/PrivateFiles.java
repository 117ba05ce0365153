package io.shoestring.cluster.identity;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Files that only the node's account may read, on the disk when a method has returned. They get the
 * owner of the directory around them: {@code shoestring init} may be run by root for a node that
 * runs under another account.
 */
public final class PrivateFiles {
    private static final FileAttribute<Set<PosixFilePermission>> FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path base;
    private final UserPrincipal owner;

    private PrivateFiles(Path base) throws IOException {
        this.base = requireNonNull(base, "base is null");
        this.owner = Files.getOwner(base);
    }

    /** Files below a directory, which is made if it does not exist. */
    public static PrivateFiles below(Path base) throws IOException {
        Files.createDirectories(base);
        return new PrivateFiles(base);
    }

    /** A directory, made if it does not exist. */
    public Path directory(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            owned(Files.createDirectory(path, DIRECTORY));
        }
        return path;
    }

    /** A directory of that name without anything in it: remains of a killed attempt are removed. */
    Path emptyDirectory(String name) throws IOException {
        Path directory = base.resolve(name);
        if (Files.exists(directory)) {
            try (Stream<Path> remains = Files.list(directory)) {
                for (Path each : remains.toList()) {
                    Files.delete(each);
                }
            } catch (DirectoryNotEmptyException e) {
                throw new IOException(directory + " is not ours: move it away", e);
            }
        }
        return directory(directory);
    }

    /** Makes a file that does not exist yet. */
    public void write(Path file, String text) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        FILE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        owned(file);
        sync(requireNonNull(file.getParent()));
    }

    /** Replaces a file whole. */
    public void replace(Path file, String text) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        write(next, text);
        move(next, file);
    }

    /** Renames, atomically. */
    public void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        sync(requireNonNull(to.getParent()));
    }

    /** Removes a file, if it is there. */
    void remove(Path file) throws IOException {
        if (Files.deleteIfExists(file)) {
            sync(requireNonNull(file.getParent()));
        }
    }

    private void owned(Path path) throws IOException {
        if (!Files.getOwner(path).equals(owner)) {
            try {
                Files.setOwner(path, owner);
            } catch (FileSystemException e) {
                throw new IOException(
                        "%s belongs to %s: run this as %s, or as root"
                                .formatted(base, owner.getName(), owner.getName()),
                        e);
            }
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
