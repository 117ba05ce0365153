package io.shoestring.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Let's Encrypt's test server for ACME, for which every name leads to this machine. */
public final class Pebble implements AutoCloseable {
    private static final int STOP_SECONDS = 10;
    private static final int LOOKS_MAX = 600;
    private static final int LOOK_MILLIS = 50;

    private final Path authority;
    private final int port = FreePort.find();
    private final Process dns;
    private final Process pebble;

    /**
     * Starts it.
     *
     * @param directory where it keeps what it needs
     * @param challenges the port on which it looks for proofs by http-01
     */
    public Pebble(Path directory, int challenges) throws IOException, InterruptedException {
        var certificates = new Certificates(directory);
        authority = certificates.authority();
        certificates.sign("pebble", "localhost");
        Files.writeString(
                directory.resolve("pebble.json"),
                """
                { "pebble": {
                    "listenAddress": "127.0.0.1:%d", "managementListenAddress": "127.0.0.1:%d",
                    "certificate": "pebble.crt", "privateKey": "pebble.key",
                    "httpPort": %d, "tlsPort": 9 } }
                """
                        .formatted(port, FreePort.find(), challenges));
        String resolver = "127.0.0.1:" + FreePort.find();
        dns =
                start(
                        directory,
                        List.of(
                                "pebble-challtestsrv",
                                "-dns01",
                                resolver,
                                "-http01",
                                "",
                                "-https01",
                                "",
                                "-tlsalpn01",
                                "",
                                "-management",
                                "127.0.0.1:" + FreePort.find(),
                                "-defaultIPv6",
                                ""));
        pebble =
                start(
                        directory,
                        List.of("pebble", "-config", "pebble.json", "-dnsserver", resolver));
        awaitPort();
    }

    private void awaitPort() throws IOException, InterruptedException {
        for (int looks = 0; ; looks++) {
            try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                if (looks == LOOKS_MAX || !pebble.isAlive()) {
                    close();
                    throw new IOException("pebble does not listen", e);
                }
                Thread.sleep(LOOK_MILLIS);
            }
        }
    }

    private static Process start(Path directory, List<String> command) throws IOException {
        var builder =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve(command.getFirst() + ".log").toFile());
        // Else it dawdles before it looks, as the real ones may.
        builder.environment().put("PEBBLE_VA_NOSLEEP", "1");
        return builder.start();
    }

    /** Where its directory is. */
    public URI directory() {
        return URI.create("https://localhost:" + port + "/dir");
    }

    /** A file with who signed the certificate of its directory. */
    public Path authority() {
        return authority;
    }

    @Override
    public void close() {
        for (Process each : List.of(pebble, dns)) {
            each.destroy();
            try {
                if (!each.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                    each.destroyForcibly();
                }
            } catch (InterruptedException e) {
                each.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
