package io.shoestring.consensus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Certificates for a test, made by openssl: an authority, and nodes that it vouches for. */
public final class Pki {
    private final Path directory;

    private Pki(Path directory) {
        this.directory = directory;
    }

    /** A new authority whose files are in {@code directory}. */
    public static Pki in(Path directory) throws Exception {
        Files.createDirectories(directory);
        Pki pki = new Pki(directory);
        pki.openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
                        + " -keyout ca.key -out ca.pem -subj /CN=authority");
        return pki;
    }

    public Path authority() {
        return directory.resolve("ca.pem");
    }

    /** A key and a certificate for {@code name} at 127.0.0.1. */
    public TlsFiles issue(String name) throws Exception {
        Files.writeString(directory.resolve(name + ".ext"), "subjectAltName=IP:127.0.0.1\n");
        openssl(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key -out %s.csr"
                                .formatted(name, name)
                        + " -subj /CN="
                        + name);
        openssl(
                "x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out %s.pem"
                                .formatted(name, name)
                        + " -extfile "
                        + name
                        + ".ext");
        return new TlsFiles(
                directory.resolve(name + ".key"), directory.resolve(name + ".pem"), authority());
    }

    private void openssl(String arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        Path log = directory.resolve("openssl.log");
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        if (process.waitFor() != 0) {
            throw new IOException("openssl failed: " + Files.readString(log));
        }
    }
}
