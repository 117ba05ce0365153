package io.shoestring.database.server;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.DatabaseException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;

/**
 * The operating system's account that a data directory belongs to. PostgreSQL refuses to run as
 * root: when Shoestring is root, PostgreSQL's programs run as this account, and files that are made
 * for it are given to it.
 */
public final class Account {
    private final UserPrincipal user;
    private final GroupPrincipal group;
    private final boolean switching;

    private Account(UserPrincipal user, GroupPrincipal group, boolean switching) {
        this.user = requireNonNull(user, "user is null");
        this.group = requireNonNull(group, "group is null");
        this.switching = switching;
    }

    /**
     * The owner of {@code path}, or of the nearest directory above it that exists.
     *
     * @throws DatabaseException if that is root: PostgreSQL would refuse it
     */
    public static Account ownerOf(Path path) throws DatabaseException {
        Path existing = path.toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = requireNonNull(existing.getParent(), "the root directory does not exist");
        }
        try {
            var attributes = Files.readAttributes(existing, PosixFileAttributes.class);
            boolean root = "root".equals(System.getProperty("user.name"));
            if (root && attributes.owner().getName().equals("root")) {
                throw new DatabaseException(
                        existing
                                + " belongs to root, and PostgreSQL refuses to run as root: give it"
                                + " to the account that shall run PostgreSQL (chown postgres: "
                                + existing
                                + ").");
            }
            return new Account(attributes.owner(), attributes.group(), root);
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot look at " + existing + ": " + FileProblem.describe(e), e);
        }
    }

    /** The account of this very process: for what needs no rights. */
    public static Account ofProcess() throws DatabaseException {
        Path self = Path.of("/proc/self");
        try {
            var attributes = Files.readAttributes(self, PosixFileAttributes.class);
            return new Account(attributes.owner(), attributes.group(), false);
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot look at " + self + ": " + FileProblem.describe(e), e);
        }
    }

    /** The command line that runs {@code command} as this account. */
    public List<String> command(List<String> command) {
        if (!switching) {
            return command;
        }
        List<String> all =
                new ArrayList<>(
                        List.of(
                                "setpriv",
                                "--reuid=" + user.getName(),
                                "--regid=" + group.getName(),
                                "--init-groups",
                                "--"));
        all.addAll(command);
        return all;
    }

    /** Gives a file or directory to this account. */
    public void give(Path path) throws IOException {
        if (!switching) {
            return;
        }
        var view =
                requireNonNull(
                        Files.getFileAttributeView(
                                path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS),
                        "not a POSIX file system");
        view.setGroup(group);
        view.setOwner(user);
    }

    /** Makes a directory of this account that nobody else may look into, if it is not there. */
    public void makeDirectory(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.getParent();
        if (parent != null) {
            makeDirectory(parent);
        }
        Files.createDirectory(
                directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        give(directory);
    }

    /** Copies one file, with its time, for this account. */
    public void copy(Path from, Path to) throws IOException {
        Files.copy(from, to);
        FileTime modified = Files.getLastModifiedTime(from);
        Files.setLastModifiedTime(to, modified);
        give(to);
    }

    @Override
    public String toString() {
        return user.getName();
    }
}
