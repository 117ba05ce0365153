package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.NodeFigures;
import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.model.BackendStatus;
import io.shoestring.model.BackendStatus.ServerStatus;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.MachineStatus;
import io.shoestring.model.MemberFigures;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.history.History;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Keeps what is measured on this node, once a second, on a thread of its own. */
final class Recorder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
    private static final long SECOND_MILLIS = 1_000;
    private static final double MICROS = 1e6;
    private static final double HALF = 0.5;
    private static final double ALMOST_ALL = 0.99;
    private static final double PERCENT = 100;

    private final History history;
    private final Supplier<NodeFigures> here;
    private final Traffic traffic;
    private final KindRecorder kinds;
    private final Clock clock;
    private final WallClock timeOfDay;
    private final Samples samples = new Samples();
    private final Thread thread;
    private Map<String, Requests> requestsBefore = Map.of();

    /** Nothing is kept until {@link #start}. */
    Recorder(
            History history,
            Supplier<NodeFigures> here,
            Traffic traffic,
            KindRecorder kinds,
            Clock clock,
            WallClock timeOfDay) {
        this.history = requireNonNull(history, "history is null");
        this.here = requireNonNull(here, "here is null");
        this.traffic = requireNonNull(traffic, "traffic is null");
        this.kinds = requireNonNull(kinds, "kinds is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.timeOfDay = requireNonNull(timeOfDay, "timeOfDay is null");
        this.thread = Thread.ofPlatform().daemon().name("history").unstarted(this::repeat);
    }

    void start() {
        thread.start();
    }

    private void repeat() {
        try {
            while (true) {
                Thread.sleep(SECOND_MILLIS - timeOfDay.now().toEpochMilli() % SECOND_MILLIS);
                record();
            }
        } catch (InterruptedException e) {
            LOG.debug("nothing is kept any more");
        }
    }

    private void record() {
        try {
            Instant now = timeOfDay.now();
            samples.begin(clock.nanos());
            NodeFigures figures = here.get();
            figures.machine().ifPresent(this::machine);
            figures.members().stream().filter(it -> it.problem().isEmpty()).forEach(this::member);
            traffic.measure();
            traffic.status().forEach(this::listener);
            requests(traffic.requests());
            traffic.balancers().status().forEach(this::backend);
            history.record(now.getEpochSecond(), samples.values());
            kinds.second(now.getEpochSecond());
        } catch (RuntimeException e) {
            LOG.error("A second could not be kept", e);
        }
    }

    private void machine(MachineStatus machine) {
        samples.gauge("machine.load", machine.load1());
        samples.gauge("machine.cpu.busy", machine.busyPercent());
        samples.gauge("machine.cpu.iowait", machine.cpuPercent().getOrDefault("iowait", 0.0));
        samples.gauge("machine.cpu.steal", machine.cpuPercent().getOrDefault("steal", 0.0));
        samples.gauge("machine.memory.available", machine.memory().available());
        samples.gauge(
                "machine.swap.used", machine.memory().swapTotal() - machine.memory().swapFree());
        samples.gauge("machine.disk.busy", most(machine));
        long read = 0;
        long written = 0;
        for (MachineStatus.Disk disk : machine.disks()) {
            read += disk.readBytes();
            written += disk.writtenBytes();
        }
        samples.counter("machine.disk.read", read);
        samples.counter("machine.disk.written", written);
        long received = 0;
        long sent = 0;
        for (MachineStatus.Interface each : machine.interfaces()) {
            received += each.receivedBytes();
            sent += each.sentBytes();
        }
        samples.counter("machine.network.received", received);
        samples.counter("machine.network.sent", sent);
        machine.fileSystems().stream()
                .mapToDouble(it -> PERCENT * it.free() / Math.max(1, it.total()))
                .min()
                .ifPresent(least -> samples.gauge("machine.room", least));
    }

    private static double most(MachineStatus machine) {
        return machine.disks().stream()
                .mapToDouble(MachineStatus.Disk::busyPercent)
                .max()
                .orElse(0);
    }

    private void member(MemberFigures member) {
        String name = "member." + member.database() + "." + member.member() + ".";
        samples.gauge(name + "connections", member.connections());
        samples.gauge(name + "active", member.sessions().byState().getOrDefault("active", 0L));
        samples.gauge(name + "waiting", member.sessions().waiting());
        samples.gauge(name + "oldest", member.sessions().oldestTransactionSeconds());
        member.cacheHitShare().ifPresent(it -> samples.gauge(name + "hits", PERCENT * it));
        member.behind()
                .ifPresent(
                        behind -> {
                            samples.gauge(name + "lag.bytes", behind.bytes());
                            behind.seconds()
                                    .ifPresent(it -> samples.gauge(name + "lag.seconds", it));
                        });
    }

    private void listener(ListenerStatus listener) {
        String name = "listener." + listener.name() + ".";
        samples.gauge(name + "clients", listener.clients());
        samples.gauge(name + "waiting", listener.held());
        samples.counter(name + "sessions", listener.sessions());
        samples.counter(name + "in", listener.bytesIn());
        samples.counter(name + "out", listener.bytesOut());
        samples.counter(name + "refused", listener.refused());
        samples.counter(name + "interrupted", listener.interrupted());
    }

    /** Percentiles are of the second's own requests: where there were none there is a gap. */
    private void requests(Map<String, Requests> now) {
        now.forEach(
                (place, all) -> {
                    String name = place + ".";
                    if (!place.startsWith("server.")) {
                        // Of servers there are many, and they have sessions and failures.
                        samples.counter(name + "requests", all.count());
                        samples.counter(name + "failures", all.failures());
                    }
                    Requests before = requestsBefore.get(place);
                    Requests second = before == null ? all : all.since(before);
                    if (second.count() > 0) {
                        samples.gauge(name + "p50", second.percentileMicros(HALF) / MICROS);
                        samples.gauge(name + "p99", second.percentileMicros(ALMOST_ALL) / MICROS);
                    }
                });
        requestsBefore = new HashMap<>(now);
    }

    private void backend(BackendStatus backend) {
        samples.gauge("backend." + backend.name() + ".queue", backend.queued());
        for (ServerStatus server : backend.servers()) {
            String name = "server." + backend.name() + "." + server.name() + ".";
            samples.gauge(name + "up", server.state().equals("up") ? 1 : 0);
            samples.gauge(name + "connections", server.connections());
            samples.counter(name + "sessions", server.sessions());
            samples.counter(
                    name + "failures",
                    server.traffic().connectErrors()
                            + server.traffic().responseErrors()
                            + server.traffic().serverAborts());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(SECOND_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
