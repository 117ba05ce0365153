package io.shoestring.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Debian's syslog server in a directory of its own. It writes what it understood of each message:
 * by which way it came, priority, machine, program, process and text.
 */
public final class Rsyslog implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final int port = FreePort.find();
    private final Path directory;
    private Process process;

    /** Starts it, and waits until it listens. */
    public Rsyslog(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        Files.writeString(
                directory.resolve("rsyslog.conf"),
                """
                global(workDirectory="%1$s")
                module(load="imudp")
                input(type="imudp" address="127.0.0.1" port="%2$d")
                module(load="imuxsock" SysSock.Use="off")
                input(type="imuxsock" Socket="%1$s/log")
                template(name="all" type="string"
                    string="%%inputname%% %%pri%% %%hostname%% %%app-name%% %%procid%%%%msg%%\\n")
                action(type="omfile" file="%1$s/out" template="all")
                """
                        .formatted(directory, port));
        process = start();
    }

    private Process start() throws IOException {
        Files.deleteIfExists(socket());
        Process started =
                new ProcessBuilder(
                                "/usr/sbin/rsyslogd",
                                "-n",
                                "-f",
                                directory.resolve("rsyslog.conf").toString(),
                                "-i",
                                "NONE")
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("said").toFile())
                        .start();
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            if (!started.isAlive()) {
                                throw new IllegalStateException(
                                        Files.readString(directory.resolve("said")));
                            }
                            return Files.exists(socket());
                        });
        return started;
    }

    /** By UDP, on this machine. */
    public int port() {
        return port;
    }

    /** The path of its socket. */
    public Path socket() {
        return directory.resolve("log");
    }

    /** What it has received. */
    public List<String> lines() throws IOException {
        Path out = directory.resolve("out");
        return Files.exists(out) ? Files.readAllLines(out) : List.of();
    }

    /** Stops it and starts it again: its socket is another one then. */
    public void restart() throws IOException {
        stop();
        process = start();
    }

    /** Ends it. */
    public void stop() {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
