package io.shoestring.sandbox;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The sandbox's own directory:
 *
 * <pre>{@code
 * shoestring.yaml       the configuration
 * shoestring.log        what the node logged
 * superuser.password    of the superuser; mode 600
 * state/                the node's own state
 * members/a, b, ...     the data directories; they belong to an unprivileged account
 * }</pre>
 */
final class SandboxDirectory {
    /** A file system in memory: what is thrown away need not wait for a disk. */
    private static final Path MEMORY = Path.of("/dev/shm");

    /** Two servers with their logs stay below it. */
    private static final long MEMORY_BYTES_LEAST = 4L << 30;

    private static final int DELETIONS_MAX = 5;

    private final Path path;
    private final List<String> accounts;

    private SandboxDirectory(Path path, List<String> accounts) {
        this.path = path;
        this.accounts = accounts;
    }

    /**
     * A name for a new directory that nobody has; nothing is made yet.
     *
     * @param accounts who may own the data when we are root, the best first
     * @param parent where; empty: in memory where there is room, else the machine's temporary one
     */
    static SandboxDirectory in(Optional<Path> parent, List<String> accounts) {
        byte[] random = new byte[6];
        new SecureRandom().nextBytes(random);
        String name = "shoestring-sandbox-" + HexFormat.of().formatHex(random);
        return new SandboxDirectory(parentOf(parent).resolve(name), accounts);
    }

    /** The given directory, else one in memory where there is room, else the temporary one. */
    static Path parentOf(Optional<Path> wanted) {
        return wanted.or(SandboxDirectory::memory).orElseGet(SandboxDirectory::disk);
    }

    private static Optional<Path> memory() {
        try {
            return Files.isWritable(MEMORY)
                            && Files.getFileStore(MEMORY).getUsableSpace() >= MEMORY_BYTES_LEAST
                    ? Optional.of(MEMORY)
                    : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private static Path disk() {
        return Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    }

    /** Makes it, with its inner directories. */
    void create() throws IOException {
        // The servers' account must come through to its own directories, but need not look around.
        Files.createDirectory(
                path,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        setMode(path, "rwx--x--x");
        Files.createDirectory(state());
        setMode(state(), "rwx------");
        Files.createDirectory(members());
        setMode(members(), "rwx------");
        if (isRoot()) {
            Files.setOwner(members(), unprivileged());
        }
    }

    Path path() {
        return path;
    }

    Path configuration() {
        return path.resolve("shoestring.yaml");
    }

    Path log() {
        return path.resolve("shoestring.log");
    }

    Path superuserPassword() {
        return path.resolve("superuser.password");
    }

    Path state() {
        return path.resolve("state");
    }

    Path adminToken() {
        return state().resolve("admin.token");
    }

    Path members() {
        return path.resolve("members");
    }

    Path data(String member) {
        return members().resolve(member);
    }

    /** Writes a file that only we may read. */
    void writeSecret(Path file, String text) throws IOException {
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    /** Removes everything; something that writes at the same moment does not hinder it for long. */
    void delete() throws IOException {
        for (int tries = 1; Files.exists(path); tries++) {
            try {
                Files.walkFileTree(path, new Deletion());
            } catch (IOException e) {
                if (tries == DELETIONS_MAX) {
                    throw e;
                }
            }
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private UserPrincipal unprivileged() throws IOException {
        UserPrincipalLookupService lookup =
                Path.of("/").getFileSystem().getUserPrincipalLookupService();
        for (String name : accounts) {
            try {
                return lookup.lookupPrincipalByName(name);
            } catch (UserPrincipalNotFoundException _) {
                // The next one may be there.
            }
        }
        throw new IOException(
                "this machine has none of the accounts "
                        + String.join(", ", accounts)
                        + " to run the servers as");
    }

    private static void setMode(Path path, String mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw requireNonNull(e, "e is null");
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
                throws IOException {
            if (e != null) {
                throw e;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
