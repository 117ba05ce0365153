package io.shoestring.sandbox.machines;

import io.shoestring.base.Clock;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * A machine's wire to the switch, made longer: each frame arrives so much later, none is lost. The
 * machine's port gets a switch of its own, and two threads here carry frames between the switches.
 */
final class LongWire implements AutoCloseable {
    private static final int LOOK_MILLIS = 50;
    private static final long CLOSE_MILLIS = 2_000;

    private record Sent(ByteBuffer frame, long arrivesNanos) {}

    private final Clock clock = Clock.system();
    private final String namespace;
    private final String machine;
    private final Tap near;
    private final Tap far;
    private final List<Thread> threads;
    private volatile boolean closed;

    private LongWire(String namespace, String machine, Tap near, Tap far, Duration delay) {
        this.namespace = namespace;
        this.machine = machine;
        this.near = near;
        this.far = far;
        this.threads =
                List.of(carrier(near, far, delay.toNanos()), carrier(far, near, delay.toNanos()));
    }

    /**
     * Lengthens the wire of the machine at port {@code machine} of the switch {@code br0} in that
     * namespace; machines hear nothing for some milliseconds.
     */
    static LongWire lay(String namespace, String machine, Duration delay) throws Exception {
        Tap near = NetworkThread.call(namespace, () -> Tap.open(machine + "-near"));
        Tap far = NetworkThread.call(namespace, () -> Tap.open(machine + "-far"));
        LongWire wire = new LongWire(namespace, machine, near, far, delay);
        wire.link(
                "add",
                "name",
                own(machine),
                "type",
                "bridge",
                "stp_state",
                "0",
                "forward_delay",
                "0");
        for (String port : List.of(machine, machine + "-near")) {
            wire.link("set", "dev", port, "master", own(machine), "up");
        }
        wire.link("set", "dev", machine + "-far", "master", "br0", "up");
        wire.link("set", "dev", own(machine), "up");
        wire.threads.forEach(Thread::start);
        return wire;
    }

    /** The short wire again; what is on its way is lost. */
    @Override
    public void close() {
        closed = true;
        threads.forEach(LongWire::join);
        near.close();
        far.close();
        link("set", "dev", machine, "master", "br0");
        link("del", "dev", own(machine));
    }

    private Thread carrier(Tap from, Tap to, long delayNanos) {
        return Thread.ofPlatform()
                .daemon()
                .name("wire-" + machine)
                .unstarted(() -> carry(from, to, delayNanos));
    }

    private void carry(Tap from, Tap to, long delayNanos) {
        Queue<Sent> under = new ArrayDeque<>();
        while (!closed) {
            long now = clock.nanos();
            while (!under.isEmpty() && under.element().arrivesNanos() - now <= 0) {
                to.write(under.remove().frame().array());
            }
            for (byte[] frame : from.await(waitMillis(under, now))) {
                under.add(new Sent(ByteBuffer.wrap(frame), clock.nanos() + delayNanos));
            }
        }
    }

    private static int waitMillis(Queue<Sent> under, long now) {
        return under.isEmpty()
                ? LOOK_MILLIS
                : (int)
                        Math.min(
                                LOOK_MILLIS,
                                (under.element().arrivesNanos() - now) / 1_000_000 + 1);
    }

    private static void join(Thread thread) {
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void link(String... arguments) {
        String[] command = new String[arguments.length + 4];
        System.arraycopy(new String[] {"ip", "-n", namespace, "link"}, 0, command, 0, 4);
        System.arraycopy(arguments, 0, command, 4, arguments.length);
        Command.run(command);
    }

    private static String own(String machine) {
        return machine + "-br";
    }
}
