package io.shoestring.database.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The file that a server's standard error goes to, until its own log settings come into force.
 *
 * @param file where it is; one old one is kept beside it as {@code .old}
 */
public record ErrorOutput(Path file) {
    private static final long LARGEST_BYTES = 10_000_000;
    private static final int READ_BACK_BYTES = 20_000;

    /**
     * Makes it ready for a start.
     *
     * @param account of the server
     * @return how many bytes are in it already
     */
    public long prepare(Account account) throws IOException {
        if (Files.exists(file) && Files.size(file) > LARGEST_BYTES) {
            Files.move(
                    file,
                    file.resolveSibling(file.getFileName() + ".old"),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(file)) {
            Files.createFile(file);
            account.give(file);
        }
        return Files.size(file);
    }

    /** The last lines of what came after so many bytes. */
    public List<String> since(long bytes) throws IOException {
        byte[] all = Files.readAllBytes(file);
        int begin = (int) Math.max(Math.min(bytes, all.length), all.length - READ_BACK_BYTES);
        return new String(all, begin, all.length - begin, StandardCharsets.UTF_8).lines().toList();
    }
}
