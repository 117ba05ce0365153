package io.shoestring.supervision;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.model.Event.Severity;
import io.shoestring.monitoring.Events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A shell of its own beside this process that stops the members of this machine when this process
 * is dead or frozen: it is told until when each may go on, and ends whoever was not prolonged. See
 * {@code deadman.sh}.
 *
 * <p>INVARIANT: what it is told is an instant, computed from a look at the machine's clock that
 * came first. A line that is late, or the last one for ever, is never too long.
 *
 * <p>It is started again if it ends, and takes over from the one of an earlier process that was
 * killed. One thread of its own does everything.
 */
public final class Deadman implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Deadman.class);
    private static final String SCRIPT = "deadman.sh";
    private static final Path UPTIME = Path.of("/proc/uptime");
    private static final long EVERY_MILLIS = 250;
    private static final long AFTER_ITS_END_MILLIS = 500;
    private static final Duration AGAIN = Duration.ofSeconds(5);
    private static final long CLOSE_MILLIS = 2_000;
    private static final long NANOS_PER_TICK = 10_000_000;

    /**
     * A member that it guards.
     *
     * @param name without blanks; no two have the same
     * @param data its data directory
     * @param addresses the names of the virtual addresses that follow it
     */
    public record Guarded(String name, Path data, List<String> addresses) {
        public Guarded {
            requireNonNull(name, "name is null");
            requireNonNull(data, "data is null");
            addresses = List.copyOf(addresses);
        }
    }

    private final Path directory;
    private final Optional<Path> watchdog;
    private final List<Guarded> members;
    private final Supplier<Map<String, Long>> deadlines;
    private final Clock clock;
    private final Events events;
    private final Thread thread;
    private final Map<String, Long> told = new HashMap<>();
    private final CountDownLatch toldOnce = new CountDownLatch(1);
    private Optional<Process> process = Optional.empty();
    private boolean troubled;
    private volatile boolean handedOver;
    private volatile boolean closed;

    /**
     * Nothing is started yet.
     *
     * @param directory the node's own, which exists
     * @param watchdog the machine's, which resets the machine when the deadman cannot work either
     * @param deadlines until when each member may go on, by {@code clock}; who is absent may go on
     *     for ever; asked four times a second
     */
    public Deadman(
            Path directory,
            Optional<Path> watchdog,
            List<Guarded> members,
            Supplier<Map<String, Long>> deadlines,
            Clock clock,
            Events events) {
        this.directory = directory.toAbsolutePath();
        this.watchdog = requireNonNull(watchdog, "watchdog is null");
        this.members = List.copyOf(members);
        this.deadlines = requireNonNull(deadlines, "deadlines is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.events = requireNonNull(events, "events is null");
        this.thread = Thread.ofPlatform().daemon().name("deadman").unstarted(this::run);
    }

    /** Starts it; returns at once. */
    public void start() {
        thread.start();
    }

    /** Waits until it is there and was told everything. */
    void awaitTold() throws InterruptedException {
        toldOnce.await();
    }

    /**
     * Another one of this process follows: {@link #close} leaves the shell alone, which keeps what
     * it knows until the next takes it over.
     */
    public void handOver() {
        handedOver = true;
    }

    /** Tells it that the node ends on purpose: it ends, and stops nobody. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closed) {
            try {
                if (process.isEmpty() || !process.get().isAlive()) {
                    begin();
                }
                tell();
                toldOnce.countDown();
                Thread.sleep(EVERY_MILLIS);
            } catch (IOException e) {
                troubled(String.valueOf(e.getMessage()));
                pause();
            } catch (InterruptedException e) {
                closed = true;
            }
        }
        end();
    }

    private void begin() throws IOException, InterruptedException {
        if (process.isPresent()) {
            process = Optional.empty();
            troubled("it has ended");
            Thread.sleep(AFTER_ITS_END_MILLIS);
        }
        told.clear();
        Process begun =
                new ProcessBuilder(command())
                        .directory(Path.of("/").toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        process = Optional.of(begun);
        BufferedReader answer =
                new BufferedReader(
                        new InputStreamReader(begun.getInputStream(), StandardCharsets.UTF_8));
        if (!"ready".equals(answer.readLine())) {
            begun.destroyForcibly();
            throw new IOException("it did not become ready");
        }
        LOG.debug("the deadman is process {}", begun.pid());
        // Not before it knows all: until then nobody would stop anything.
        tell();
        if (troubled) {
            troubled = false;
            events.add(Severity.INFO, Optional.empty(), 0, "The deadman is there again.");
        }
    }

    /** In a session of its own: what ends this process does not end it. */
    private List<String> command() throws IOException {
        List<String> command = new ArrayList<>(List.of("setsid", "bash", script().toString()));
        command.add(directory.toString());
        command.add(watchdog.map(Path::toString).orElse(""));
        for (Guarded member : members) {
            command.add(member.name());
            command.add(member.data().toAbsolutePath().toString());
            command.add(String.join(" ", member.addresses()));
        }
        return command;
    }

    /** A shell reads its script bit by bit: the file of one that runs must not change. */
    private Path script() throws IOException {
        Path script = directory.resolve(SCRIPT);
        Files.deleteIfExists(script);
        try (var text = requireNonNull(Deadman.class.getResourceAsStream(SCRIPT), "no script")) {
            Files.copy(text, script);
        }
        return script;
    }

    private void tell() throws IOException {
        Map<String, Long> wanted = deadlines.get();
        for (Guarded member : members) {
            Long deadline = wanted.get(member.name());
            if (deadline == null) {
                if (told.remove(member.name()) != null) {
                    say(member.name() + " off");
                }
            } else if (!deadline.equals(told.get(member.name()))) {
                say(member.name() + " " + instant(deadline));
                told.put(member.name(), deadline);
            }
        }
    }

    private long instant(long deadlineNanos) throws IOException {
        String text = Files.readString(UPTIME, StandardCharsets.US_ASCII);
        long now = Long.parseLong(text.substring(0, text.indexOf(' ')).replace(".", ""));
        return Math.max(0, now + Math.floorDiv(deadlineNanos - clock.nanos(), NANOS_PER_TICK));
    }

    /** One write: it comes whole or not at all. */
    private void say(String line) throws IOException {
        OutputStream input = process.orElseThrow().getOutputStream();
        input.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        input.flush();
    }

    private void troubled(String why) {
        if (!troubled && !closed) {
            troubled = true;
            events.add(
                    Severity.WARNING,
                    Optional.empty(),
                    0,
                    "The deadman does not work ("
                            + why
                            + "): should this process die or freeze, nobody stops its servers in"
                            + " time. It needs bash and setsid (packages bash, util-linux) and is"
                            + " tried again every "
                            + AGAIN.toSeconds()
                            + " s.");
        }
    }

    private void pause() {
        try {
            Thread.sleep(AGAIN);
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    private void end() {
        if (process.isEmpty()) {
            return;
        }
        try {
            if (!handedOver) {
                say("end");
            }
            process.get().getOutputStream().close();
            if (!handedOver && !process.get().waitFor(CLOSE_MILLIS / 2, TimeUnit.MILLISECONDS)) {
                process.get().destroyForcibly();
            }
        } catch (IOException e) {
            LOG.debug("the deadman has ended before", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
