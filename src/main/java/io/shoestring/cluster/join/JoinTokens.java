package io.shoestring.cluster.join;

import static java.util.Objects.requireNonNull;

import io.shoestring.cluster.identity.Fingerprint;
import io.shoestring.cluster.identity.IdentityDirectory;
import io.shoestring.cluster.identity.IdentityException;
import io.shoestring.cluster.identity.PrivateFiles;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.stream.Stream;

/**
 * The tokens that this node has printed: one file each, with the hash of the secret. Using a token
 * renames its file, and of several who try at once the file system lets one do it.
 */
public final class JoinTokens {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final Duration REMEMBERED = Duration.ofDays(1);
    private static final int TOKENS_MAX = 100;

    private final IdentityDirectory directory;

    /** Touches nothing yet. */
    public JoinTokens(IdentityDirectory directory) {
        this.directory = requireNonNull(directory, "directory is null");
    }

    private record Stored(String hash, Instant ends) {}

    /** Makes a token that is good until {@code now + lifetime}. */
    public JoinToken issue(Duration lifetime, Instant now) throws IOException {
        Path tokens = directory.files().directory(directory.tokens());
        forgetOld(tokens, now);
        JoinToken token =
                JoinToken.random(Fingerprint.of(directory.load().authority()), new SecureRandom());
        Stored stored = new Stored(hash(token.secret()), now.plus(lifetime));
        directory
                .files()
                .write(tokens.resolve(token.id() + ".token"), MAPPER.writeValueAsString(stored));
        return token;
    }

    private static void forgetOld(Path tokens, Instant now) throws IOException {
        int kept = 0;
        try (Stream<Path> files = Files.list(tokens)) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(REMEMBERED))) {
                    Files.deleteIfExists(file);
                } else if (file.toString().endsWith(".token")) {
                    kept++;
                }
            }
        }
        if (kept >= TOKENS_MAX) {
            throw new IdentityException(
                    "there are "
                            + TOKENS_MAX
                            + " unused tokens of today in "
                            + tokens
                            + ": use one, or delete them");
        }
    }

    /**
     * Checks a token without using it.
     *
     * @throws IdentityException that says what is wrong with it
     */
    void check(String id, String secret, Instant now) throws IOException {
        // The id becomes a file's name: nothing else than digits may be in it.
        if (!id.matches("[0-9a-f]{16}")) {
            throw new IdentityException("the token's id is not one");
        }
        Stored stored = read(id);
        if (!MessageDigest.isEqual(bytes(stored.hash()), bytes(hash(secret)))) {
            throw new IdentityException("the token's secret is wrong; copy the whole token again");
        }
        if (now.isAfter(stored.ends())) {
            throw new IdentityException(
                    "the token has expired at %s; 'shoestring token' prints a new one"
                            .formatted(stored.ends()));
        }
    }

    private Stored read(String id) throws IOException {
        try {
            return MAPPER.readValue(
                    Files.readString(directory.tokens().resolve(id + ".token")), Stored.class);
        } catch (NoSuchFileException e) {
            throw new IdentityException(
                    Files.exists(used(id))
                            ? "the token has been used already; 'shoestring token' prints a new one"
                            : "this node has not printed that token, or it is older than a day:"
                                    + " join at the node that printed it, or run 'shoestring token'"
                                    + " on this one",
                    e);
        } catch (JacksonException e) {
            throw new IdentityException("the token's file is damaged; print a new one", e);
        }
    }

    private Path used(String id) {
        return directory.tokens().resolve(id + ".used");
    }

    /**
     * Uses the token up.
     *
     * @throws IdentityException also if somebody else was faster
     */
    void use(String id, String secret, Instant now) throws IOException {
        check(id, secret, now);
        try {
            PrivateFiles files = directory.files();
            files.move(directory.tokens().resolve(id + ".token"), used(id));
        } catch (NoSuchFileException e) {
            throw new IdentityException(
                    "the token has been used already; 'shoestring token' prints a new one", e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A plain hash is enough: nobody guesses 128 random bits. */
    private static String hash(String secret) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes(secret));
            return HexFormat.of().formatHex(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
