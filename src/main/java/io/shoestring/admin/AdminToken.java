package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Set;

/** The secret that opens everything: the first line of a file that only its owner may read. */
final class AdminToken {
    /**
     * Below this a guess is imaginable, and right tokens are never held back (see {@link Gate}).
     */
    static final int MIN_LENGTH = 16;

    private static final Logger LOG = LoggerFactory.getLogger(AdminToken.class);
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    private final String value;

    private AdminToken(String value) {
        this.value = requireNonNull(value, "value is null");
    }

    /**
     * Reads the file, or makes it with 256 random bits when it does not exist.
     *
     * @throws IOException if it cannot be read or made, or has no usable first line; the message
     *     says what to do
     */
    static AdminToken readOrMake(Path file) throws IOException {
        try {
            return Files.exists(file) ? read(file) : make(file);
        } catch (FileAlreadyExistsException e) {
            return read(file);
        }
    }

    private static AdminToken read(Path file) throws IOException {
        String firstLine = Files.readString(file).lines().findFirst().orElse("").strip();
        if (firstLine.length() < MIN_LENGTH) {
            throw new IOException(
                    "The first line of "
                            + file
                            + " has fewer than "
                            + MIN_LENGTH
                            + " characters: write a longer token there, or delete the file and the"
                            + " node makes one.");
        }
        warnIfOthersMayRead(file);
        return new AdminToken(firstLine);
    }

    private static void warnIfOthersMayRead(Path file) throws IOException {
        Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(file));
        others.removeIf(permission -> permission.name().startsWith("OWNER"));
        if (!others.isEmpty()) {
            LOG.warn("Others may use the admin token in {}: chmod 600 it.", file);
        }
    }

    private static AdminToken make(Path file) throws IOException {
        AdminToken token = new AdminToken(Secrets.random(new SecureRandom()));
        Files.createDirectories(requireNonNull(file.toAbsolutePath().getParent()));
        // The permissions are there from the first moment, not after the secret is in it.
        try (var channel =
                Files.newByteChannel(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            channel.write(
                    ByteBuffer.wrap((token.value + "\n").getBytes(StandardCharsets.US_ASCII)));
        }
        LOG.info("Made the admin token in {}.", file);
        return token;
    }

    boolean matches(String offered) {
        return Secrets.same(value, offered);
    }

    String value() {
        return value;
    }

    @Override
    public String toString() {
        return "AdminToken[hidden]";
    }
}
