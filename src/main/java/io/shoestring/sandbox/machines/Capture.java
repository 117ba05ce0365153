package io.shoestring.sandbox.machines;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Frames that enter the switch, one line of tcpdump each, with the Ethernet addresses. What is cut
 * or lost after that is among them.
 */
public final class Capture implements AutoCloseable {
    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final CountDownLatch listening = new CountDownLatch(1);

    private Capture(Process process) {
        this.process = process;
        Thread.ofVirtual().start(this::read);
    }

    /** Returns once it listens. */
    static Capture start(String namespace, String expression) {
        try {
            Process process =
                    new ProcessBuilder(
                                    "ip",
                                    "netns",
                                    "exec",
                                    namespace,
                                    "tcpdump",
                                    "-i",
                                    "br0",
                                    "-n",
                                    "-e",
                                    "-l",
                                    "-tt",
                                    "--immediate-mode",
                                    expression)
                            .redirectErrorStream(true)
                            .start();
            Capture capture = new Capture(process);
            if (!capture.listening.await(10, TimeUnit.SECONDS)) {
                capture.close();
                throw new IllegalStateException("tcpdump does not listen: " + capture.lines);
            }
            return capture;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The lines so far that hold all of these texts. */
    public List<String> with(String... texts) {
        return lines.stream()
                .filter(line -> List.of(texts).stream().allMatch(line::contains))
                .toList();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void read() {
        try (BufferedReader reader = process.inputReader()) {
            String line = reader.readLine();
            while (line != null) {
                if (line.startsWith("listening on")) {
                    listening.countDown();
                } else {
                    lines.add(line);
                }
                line = reader.readLine();
            }
        } catch (IOException e) {
            // It was ended.
            listening.countDown();
        }
    }
}
