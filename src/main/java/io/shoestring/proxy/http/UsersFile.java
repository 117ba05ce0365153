package io.shoestring.proxy.http;

import io.shoestring.config.PasswordHashes;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The users of a file: a line {@code name:hash} for each, as htpasswd writes it. Immutable. */
final class UsersFile {
    private final Map<String, PasswordHash> hashes;

    private UsersFile(Map<String, PasswordHash> hashes) {
        this.hashes = Map.copyOf(hashes);
    }

    /**
     * Reads it; blocks on the file system.
     *
     * @throws IOException if it cannot be used; the message says where and why
     */
    static UsersFile read(Path file) throws IOException {
        Map<String, PasswordHash> hashes = new HashMap<>();
        List<String> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                int colon = line.indexOf(':');
                String hash = line.substring(colon + 1);
                if (colon < 1 || !PasswordHashes.isSound(hash)) {
                    throw new IOException(
                            ("%s:%d: expected a name, a colon, and a hash by bcrypt (htpasswd -B)"
                                            + " or SHA-512 (mkpasswd -m sha-512)")
                                    .formatted(file, i + 1));
                }
                hashes.put(line.substring(0, colon), new PasswordHash(hash));
            }
        }
        return new UsersFile(hashes);
    }

    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new IOException("the users file " + file + " does not exist", e);
        } catch (MalformedInputException e) {
            throw new IOException("the users file " + file + " is not text in UTF-8", e);
        }
    }

    Optional<PasswordHash> hashOf(String name) {
        return Optional.ofNullable(hashes.get(name));
    }
}
