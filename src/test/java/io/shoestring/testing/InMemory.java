package io.shoestring.testing;

import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The tests' temporary directories: in memory where there is such a place, not on a slow disk. */
public final class InMemory implements TempDirFactory {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final long BYTES_LEAST = 4L << 30;

    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext test)
            throws IOException {
        return create("shoestring-test-");
    }

    /** A new empty directory whose name begins with {@code prefix}; whoever asks removes it. */
    public static Path create(String prefix) throws IOException {
        return Files.isWritable(MEMORY)
                        && Files.getFileStore(MEMORY).getUsableSpace() >= BYTES_LEAST
                ? Files.createTempDirectory(MEMORY, prefix)
                : Files.createTempDirectory(prefix);
    }
}
