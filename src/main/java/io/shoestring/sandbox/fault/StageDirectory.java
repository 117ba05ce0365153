package io.shoestring.sandbox.fault;

import io.shoestring.sandbox.SandboxException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory for the files of machines, which is removed when they are. */
record StageDirectory(Path path) implements AutoCloseable {
    /** Makes one that every user of the host may enter, as the database's has to. */
    static StageDirectory in(Path parent) throws SandboxException {
        try {
            Path made = Files.createTempDirectory(parent, "shoestring-fault-");
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
            return new StageDirectory(made);
        } catch (IOException e) {
            throw new SandboxException(
                    "No directory for the machines can be made in " + parent + ": " + e, e);
        }
    }

    @Override
    public void close() {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> files = Files.walk(path)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
