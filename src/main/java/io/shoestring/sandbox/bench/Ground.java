package io.shoestring.sandbox.bench;

import io.shoestring.base.Clock;
import io.shoestring.model.Endpoint;
import io.shoestring.sandbox.Ports;
import io.shoestring.sandbox.SandboxException;

import java.io.File;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A directory and processes for one measurement, gone when it is closed. For one thread. */
final class Ground implements AutoCloseable {
    private static final Duration TO_START = Duration.ofSeconds(90);
    private static final Duration TO_END = Duration.ofSeconds(15);
    private static final int CONNECT_MILLIS = 500;
    private static final int POLL_MILLIS = 5;
    private static final int LAST_LINES = 5;
    private static final File NOTHING = new File("/dev/null");

    private final Clock clock;
    private final Path directory;
    private final List<Process> processes = new ArrayList<>();
    private final List<DatagramSocket> sockets = new ArrayList<>();

    private Ground(Clock clock, Path directory) {
        this.clock = clock;
        this.directory = directory;
    }

    static Ground make(Clock clock) throws IOException {
        Path directory = Files.createTempDirectory("shoestring-bench-");
        // The servers' accounts come through to what they own.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new Ground(clock, directory);
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    Path write(String name, String text) throws IOException {
        Path file = path(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    /** A port of the loopback address that is free now. */
    Endpoint freeEndpoint() throws BenchException {
        try {
            return new Endpoint("127.0.0.1", Ports.free(1).getFirst());
        } catch (SandboxException e) {
            throw new BenchException(String.valueOf(e.getMessage()), e);
        }
    }

    /** A UDP socket that takes everything: what nobody reads the kernel throws away. */
    Endpoint deafSocket() throws IOException {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        sockets.add(socket);
        return new Endpoint("127.0.0.1", socket.getLocalPort());
    }

    /** Starts a process that is ended with the ground; what it says goes to {@code NAME.out}. */
    Process start(String name, List<String> command) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(path(name + ".out").toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(NOTHING))
                        .start();
        processes.add(process);
        return process;
    }

    /** Waits until somebody listens there. */
    void awaitOpen(String name, Process process, Endpoint endpoint)
            throws BenchException, InterruptedException {
        long deadline = clock.nanos() + TO_START.toNanos();
        while (!isOpen(endpoint)) {
            failIfOver(name, process, deadline);
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Waits until the process has said a whole line that begins so, and returns it. */
    String awaitLine(String name, Process process, String start)
            throws BenchException, InterruptedException {
        long deadline = clock.nanos() + TO_START.toNanos();
        while (true) {
            for (String line : said(name)) {
                if (line.startsWith(start)) {
                    return line;
                }
            }
            failIfOver(name, process, deadline);
            Thread.sleep(POLL_MILLIS);
        }
    }

    private void failIfOver(String name, Process process, long deadline) throws BenchException {
        if (!process.isAlive() || clock.nanos() - deadline > 0) {
            List<String> lines = said(name);
            throw new BenchException(
                    "%s did not come to serve. It said: %s"
                            .formatted(
                                    name,
                                    lines.stream()
                                            .skip(Math.max(0, lines.size() - LAST_LINES))
                                            .collect(Collectors.joining(" | "))));
        }
    }

    private List<String> said(String name) {
        try {
            String text = Files.readString(path(name + ".out"), StandardCharsets.UTF_8);
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        } catch (IOException _) {
            return List.of();
        }
    }

    static boolean isOpen(Endpoint endpoint) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), CONNECT_MILLIS);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /**
     * Runs a program to its end.
     *
     * @return what it printed
     * @throws BenchException if it fails, or takes longer
     */
    String run(List<String> command, Map<String, String> environment, Duration atMost)
            throws BenchException, InterruptedException {
        Path output = path("run.out");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .redirectInput(ProcessBuilder.Redirect.from(NOTHING));
            builder.environment().putAll(environment);
            Process process = builder.start();
            boolean ended = process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
            String said = Files.readString(output, StandardCharsets.UTF_8);
            if (!ended || process.exitValue() != 0) {
                throw new BenchException(
                        "%s %s: %s"
                                .formatted(
                                        Path.of(command.getFirst()).getFileName(),
                                        ended
                                                ? "ended with code " + process.exitValue()
                                                : "did not end within " + atMost.toSeconds() + " s",
                                        said.strip()));
            }
            return said;
        } catch (IOException e) {
            throw new BenchException(command.getFirst() + ": " + e.getMessage(), e);
        }
    }

    /** Makes everything here another account's; we are root. */
    void giveTo(String account) throws BenchException, InterruptedException {
        run(List.of("chown", "-R", account, directory.toString()), Map.of(), TO_END);
    }

    /** Ends a process before the ground is closed. */
    void end(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(TO_END.toMillis(), TimeUnit.MILLISECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        processes.remove(process);
    }

    @Override
    public void close() {
        processes.reversed().forEach(Process::destroy);
        long deadline = clock.nanos() + TO_END.toNanos();
        boolean interrupted = Thread.interrupted();
        for (Process process : processes) {
            interrupted |= !endedBy(process, deadline);
        }
        sockets.forEach(DatagramSocket::close);
        delete();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** False if this thread was interrupted meanwhile. */
    private boolean endedBy(Process process, long deadline) {
        boolean undisturbed = true;
        try {
            process.waitFor(Math.max(0, deadline - clock.nanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            undisturbed = false;
        }
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        return undisturbed;
    }

    private void delete() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // What somebody still writes stays, in the temporary directory.
        }
    }
}
