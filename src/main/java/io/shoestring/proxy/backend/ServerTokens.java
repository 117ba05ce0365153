package io.shoestring.proxy.backend;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How servers of a backend are called in cookies: by their names, or by these with a signature, so
 * that a client cannot choose a server that it was never led to. Nothing but the key is needed to
 * understand a token, so that any balancer can. Thread-safe.
 */
public final class ServerTokens {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int SIGNATURE_BYTES = 16;
    private static final int KEY_CHARACTERS_MIN = 32;
    private static final int KEYS_MAX = 10;

    private final String backend;
    private final List<String> keys;
    private final Map<String, List<String>> tokens = new ConcurrentHashMap<>();

    private ServerTokens(String backend, List<String> keys) {
        this.backend = backend;
        this.keys = List.copyOf(keys);
    }

    /** Names alone. */
    static ServerTokens plain(String backend) {
        return new ServerTokens(backend, List.of());
    }

    /**
     * Names with signatures. Blocks on the file system.
     *
     * @param keyFile with a key on each line; the first one signs
     * @throws IOException if it cannot be used; the message says why, and what helps
     */
    static ServerTokens signed(String backend, Path keyFile) throws IOException {
        return new ServerTokens(backend, keys(keyFile));
    }

    private static List<String> keys(Path file) throws IOException {
        List<String> keys;
        try {
            keys = Files.readAllLines(file).stream().map(String::strip).toList();
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "the key file %1$s does not exist; make one: openssl rand -hex 32 > %1$s"
                            .formatted(file),
                    e);
        } catch (MalformedInputException e) {
            throw new IOException("the key file " + file + " is not text in UTF-8", e);
        }
        keys = keys.stream().filter(key -> !key.isEmpty()).toList();
        boolean sound = keys.stream().allMatch(key -> key.length() >= KEY_CHARACTERS_MIN);
        if (keys.isEmpty() || !sound || keys.size() > KEYS_MAX) {
            throw new IOException(
                    ("the key file %s must have 1 to %d lines, each a key of at least %d"
                                    + " characters, such as openssl rand -hex 32 makes")
                            .formatted(file, KEYS_MAX, KEY_CHARACTERS_MIN));
        }
        return keys;
    }

    /** How that server is called. */
    public String of(Server server) {
        return known(server.name()).getFirst();
    }

    /**
     * The name of the server that is called so; there need be none of that name.
     *
     * @return empty if the signature is missing or wrong
     */
    Optional<String> nameIn(String token) {
        if (keys.isEmpty()) {
            return Optional.of(token);
        }
        int dot = token.lastIndexOf('.');
        return dot < 0 ? Optional.empty() : Optional.of(token.substring(0, dot));
    }

    /** Whether that server is called so, by any of the keys. */
    boolean isFor(Server server, String token) {
        byte[] claimed = token.getBytes(UTF_8);
        boolean found = false;
        for (String each : known(server.name())) {
            found |= MessageDigest.isEqual(each.getBytes(US_ASCII), claimed);
        }
        return found;
    }

    /** Only names of the configuration get here, so that there are not many. */
    private List<String> known(String server) {
        return tokens.computeIfAbsent(
                server,
                name ->
                        keys.isEmpty()
                                ? List.of(name)
                                : keys.stream().map(key -> name + "." + sign(name, key)).toList());
    }

    private String sign(String server, String key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key.getBytes(UTF_8), ALGORITHM));
            byte[] whole = mac.doFinal((backend + "\n" + server).getBytes(UTF_8));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(Arrays.copyOf(whole, SIGNATURE_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
