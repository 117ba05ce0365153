package io.shoestring.sandbox.fault;

import io.shoestring.base.Clock;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes to a member from its own machine, past Shoestring and without waiting for a replica, until
 * it is refused for good: as a program would that does not know that the machine is cut off.
 */
final class FenceProbe implements AutoCloseable {
    private static final long PAUSE_MILLIS = 100;

    private final Stage stage;
    private final String machine;
    private final Clock clock;
    private final AtomicLong lastNanos;
    private final Thread thread;

    private FenceProbe(Stage stage, String machine, Clock clock) {
        this.stage = stage;
        this.machine = machine;
        this.clock = clock;
        this.lastNanos = new AtomicLong(clock.nanos());
        this.thread = Thread.ofVirtual().name("fence-probe").unstarted(this::run);
    }

    static FenceProbe start(Stage stage, String machine, Clock clock) {
        FenceProbe probe = new FenceProbe(stage, machine, clock);
        probe.thread.start();
        return probe;
    }

    /** When a write was accepted last. */
    long lastNanos() {
        return lastNanos.get();
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try (Connection connection = stage.access().onMachine(machine);
                    Statement statement = connection.createStatement()) {
                statement.execute(stage.engine().waitingForNobody());
                write(statement);
            } catch (SQLException e) {
                pause();
            }
        }
    }

    private void write(Statement statement) throws SQLException {
        while (!Thread.currentThread().isInterrupted()) {
            statement.execute("insert into probe values (1)");
            lastNanos.set(clock.nanos());
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
