package io.shoestring.database.postgresql;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Ends a server: cleanly, or by force. Both are read back from the process table. */
final class Shutdown {
    private static final long FENCE_SECONDS = 5;
    private static final int LOOK_AGAIN_MILLIS = 2;
    private static final int ORPHAN_LOOKS = 20;

    private final Server server;

    Shutdown(Server server) {
        this.server = server;
    }

    /**
     * PostgreSQL's fast shutdown: connections are closed, replicas get the last of the log. Does
     * nothing if the server is stopped.
     *
     * @throws PostgresException if it has not ended in that time: it goes on ending
     */
    void stop(int timeoutSeconds) throws PostgresException {
        OptionalLong postmaster = server.processes().postmaster();
        if (postmaster.isPresent()) {
            Optional<Pidfd> process = Pidfd.open(postmaster.getAsLong());
            if (process.isPresent()) {
                try (Pidfd open = process.get()) {
                    open.signal(Pidfd.SIGINT);
                    await(open, timeoutSeconds);
                }
            }
        }
        awaitNobody();
    }

    private void await(Pidfd process, int timeoutSeconds) throws PostgresException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        // In short waits, so that an interruption of the thread is noticed.
        while (!process.awaitExit(200)) {
            if (Thread.currentThread().isInterrupted()) {
                throw new PostgresException("The stop of " + server.name() + " was interrupted.");
            }
            if (server.clock().nanos() - deadline > 0) {
                throw new PostgresException(
                        "Member "
                                + server.name()
                                + " was told to stop, but did not within "
                                + timeoutSeconds
                                + " s; see "
                                + server.data().log()
                                + ".");
            }
        }
    }

    /**
     * Kills every process that has the data directory open.
     *
     * @return how many were killed
     * @throws PostgresException if some are left after five seconds
     */
    int fence() throws PostgresException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(FENCE_SECONDS);
        List<Long> killed = new ArrayList<>();
        while (true) {
            ServerProcesses.Found found = server.processes().look();
            if (found.servers().isEmpty() && found.hidden().isEmpty()) {
                return killed.size();
            }
            if (server.clock().nanos() - deadline > 0) {
                throw new PostgresException(
                        "Processes "
                                + found.servers()
                                + found.hidden()
                                + " of member "
                                + server.name()
                                + " cannot be killed: look at them, they may wait for a disk.");
            }
            // The main process first: it must not start others.
            found.postmaster().ifPresent(pid -> kill(pid, killed));
            found.servers().forEach(pid -> kill(pid, killed));
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
    }

    /**
     * Kills what a main process that has just ended left behind: nobody can use it, but it could
     * still write. Waits a moment for its end. A server that somebody starts at this moment is not
     * touched: it is younger.
     */
    void killOrphans() throws PostgresException {
        long now = ServerProcesses.nowTicks();
        for (int look = 0; look < ORPHAN_LOOKS; look++) {
            List<Long> orphans =
                    server.processes().postmaster().isPresent()
                            ? List.of()
                            : server.processes().look().servers().stream()
                                    .filter(pid -> ServerProcesses.startTicks(pid) < now)
                                    .toList();
            if (orphans.isEmpty()) {
                return;
            }
            orphans.forEach(pid -> kill(pid, new ArrayList<>()));
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
    }

    /** Kills programs that still write the directory, and waits until they are gone. */
    void killTools() throws PostgresException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(FENCE_SECONDS);
        List<Long> tools = server.processes().look().tools();
        while (!tools.isEmpty()) {
            if (server.clock().nanos() - deadline > 0) {
                throw new PostgresException("Processes " + tools + " cannot be killed.");
            }
            tools.forEach(pid -> kill(pid, new ArrayList<>()));
            Pause.millis(LOOK_AGAIN_MILLIS);
            tools = server.processes().look().tools();
        }
    }

    private static void kill(long pid, List<Long> killed) {
        Pidfd.open(pid)
                .ifPresent(
                        process -> {
                            try (process) {
                                process.signal(Pidfd.SIGKILL);
                            }
                        });
        if (!killed.contains(pid)) {
            killed.add(pid);
        }
    }

    private void awaitNobody() throws PostgresException {
        ServerProcesses.Found found = server.processes().look();
        if (!found.servers().isEmpty() || !found.hidden().isEmpty()) {
            throw new PostgresException(
                    "Member "
                            + server.name()
                            + " has no main process, but processes "
                            + found.servers()
                            + found.hidden()
                            + " still have its data directory open: it must be fenced.");
        }
    }
}
