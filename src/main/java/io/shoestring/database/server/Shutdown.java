package io.shoestring.database.server;

import io.shoestring.base.Clock;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.MemberName;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Ends a server: cleanly, or by force. Both are read back from the process table. */
public final class Shutdown {
    private static final long FENCE_SECONDS = 5;
    private static final int LOOK_AGAIN_MILLIS = 2;
    private static final int ORPHAN_LOOKS = 20;

    private final MemberName member;
    private final ServerProcesses processes;
    private final Path log;
    private final int stopSignal;
    private final Clock clock;

    /**
     * @param log where the server writes what it does, for people
     * @param stopSignal by which the main process is told to end cleanly
     */
    public Shutdown(
            MemberName member, ServerProcesses processes, Path log, int stopSignal, Clock clock) {
        this.member = member;
        this.processes = processes;
        this.log = log;
        this.stopSignal = stopSignal;
        this.clock = clock;
    }

    /**
     * The clean end: connections are closed, replicas get the last of the log. Does nothing if the
     * server is stopped.
     *
     * @throws DatabaseException if it has not ended in that time: it goes on ending
     */
    public void stop(int timeoutSeconds) throws DatabaseException {
        OptionalLong postmaster = processes.postmaster();
        if (postmaster.isPresent()) {
            Optional<Pidfd> process = Pidfd.open(postmaster.getAsLong());
            if (process.isPresent()) {
                try (Pidfd open = process.get()) {
                    open.signal(stopSignal);
                    await(open, timeoutSeconds);
                }
            }
        }
        awaitNobody();
    }

    private void await(Pidfd process, int timeoutSeconds) throws DatabaseException {
        long deadline = clock.nanos() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        // In short waits, so that an interruption of the thread is noticed.
        while (!process.awaitExit(200)) {
            if (Thread.currentThread().isInterrupted()) {
                throw new DatabaseException("The stop of " + member + " was interrupted.");
            }
            if (clock.nanos() - deadline > 0) {
                throw new DatabaseException(
                        "Member "
                                + member
                                + " was told to stop, but did not within "
                                + timeoutSeconds
                                + " s; see "
                                + log
                                + ".");
            }
        }
    }

    /**
     * Kills every process that has the data directory open.
     *
     * @return how many were killed
     * @throws DatabaseException if some are left after five seconds
     */
    public int fence() throws DatabaseException {
        long deadline = clock.nanos() + TimeUnit.SECONDS.toNanos(FENCE_SECONDS);
        List<Long> killed = new ArrayList<>();
        while (true) {
            ServerProcesses.Found found = processes.look();
            if (found.servers().isEmpty() && found.hidden().isEmpty()) {
                return killed.size();
            }
            if (clock.nanos() - deadline > 0) {
                throw new DatabaseException(
                        "Processes "
                                + found.servers()
                                + found.hidden()
                                + " of member "
                                + member
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
    public void killOrphans() throws DatabaseException {
        long now = ServerProcesses.nowTicks();
        for (int look = 0; look < ORPHAN_LOOKS; look++) {
            List<Long> orphans =
                    processes.postmaster().isPresent()
                            ? List.of()
                            : processes.look().servers().stream()
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
    public void killTools() throws DatabaseException {
        long deadline = clock.nanos() + TimeUnit.SECONDS.toNanos(FENCE_SECONDS);
        List<Long> tools = processes.look().tools();
        while (!tools.isEmpty()) {
            if (clock.nanos() - deadline > 0) {
                throw new DatabaseException("Processes " + tools + " cannot be killed.");
            }
            tools.forEach(pid -> kill(pid, new ArrayList<>()));
            Pause.millis(LOOK_AGAIN_MILLIS);
            tools = processes.look().tools();
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

    private void awaitNobody() throws DatabaseException {
        ServerProcesses.Found found = processes.look();
        if (!found.servers().isEmpty() || !found.hidden().isEmpty()) {
            throw new DatabaseException(
                    "Member "
                            + member
                            + " has no main process, but processes "
                            + found.servers()
                            + found.hidden()
                            + " still have its data directory open: it must be fenced.");
        }
    }
}
