package io.shoestring.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An authority of OpenSSL's, and certificates that it signed. */
public final class Certificates {
    private final Path directory;

    /** Makes the authority: {@code ca.pem} in that directory. */
    public Certificates(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        run(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
                        + " -subj /CN=authority -keyout ca.key -out ca.pem");
    }

    /** The authority's certificate. */
    public Path authority() {
        return directory.resolve("ca.pem");
    }

    /**
     * A certificate and its key in one file.
     *
     * @param file its name without {@code .pem}
     * @param names that it is good for, separated by commas
     * @param key as {@code openssl req -newkey} knows it
     */
    public Path sign(String file, String names, String key) throws IOException {
        String first = names.split(",", -1)[0];
        Files.writeString(
                directory.resolve(file + ".ext"),
                "subjectAltName=DNS:" + names.replace(",", ",DNS:") + ",IP:127.0.0.1\n");
        run(
                "openssl req -newkey %s -nodes -subj /CN=%s -keyout %s.key -out %s.csr"
                        .formatted(key, first, file, file));
        run(
                "openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile %s.ext -out %s.crt"
                        .formatted(file, file, file));
        Path both = directory.resolve(file + ".pem");
        Files.writeString(
                both,
                Files.readString(directory.resolve(file + ".crt"))
                        + Files.readString(directory.resolve(file + ".key")));
        return both;
    }

    /** As {@link #sign(String, String, String)}, with a key on the usual curve. */
    public Path sign(String file, String names) throws IOException {
        return sign(file, names, "ec -pkeyopt ec_paramgen_curve:P-256");
    }

    private void run(String command) {
        Program.run(directory, List.of(command.split(" ", -1))).sound();
    }
}
