package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.ProcessExit;
import io.shoestring.database.server.ServerProcesses;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberState;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Looks at one server: by SQL on a connection that stays open while it answers, else at the process
 * table and the control file. A look takes two seconds at most: one for a new connection, one for
 * the answer.
 */
final class Observer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Observer.class);
    private static final int CONNECT_SECONDS = 1;
    private static final int ANSWER_SECONDS = 1;

    /** It is no hurry; and never in the looks on which a take-over waits. */
    private static final long PENDING_EVERY_NANOS = 3_000_000_000L;

    private static final String NO_CONNECTION = "08001";
    private static final String NOT_NOW = "57P03";
    private static final String SHUTS_DOWN = "57P01";
    private static final String CRASHED = "57P02";

    private final Server server;
    private final ProcessExit exit;
    private final Clock clock;
    private final CloneProgress progress;
    private final ReentrantLock lock = new ReentrantLock();
    private final Hearing hearing = new Hearing();

    // All guarded by the lock.
    private @Nullable Connection connection;
    private @Nullable ServerQuestion question;
    private @Nullable CachedControlFile control;
    private List<String> pendingRestart = List.of();
    private long pendingAskedNanos;
    private boolean unresponsive;
    private long unresponsiveSinceNanos;

    private record CachedControlFile(FileTime modified, ControlFile file) {}

    Observer(Server server, ProcessExit exit, Clock clock, CloneProgress progress) {
        this.progress = progress;
        this.server = server;
        this.exit = exit;
        this.clock = clock;
    }

    /** Looks once. */
    MemberFacts observe() {
        lock.lock();
        try {
            long begin = clock.nanos();
            MemberState state = look(begin);
            unresponsive = state instanceof MemberState.Unresponsive;
            askPending();
            return new MemberFacts(server.name(), begin, state, pendingRestart);
        } finally {
            lock.unlock();
        }
    }

    /** Of a server that was connected to just now nothing waits, or it is seen a little later. */
    private void askPending() {
        Connection open = connection;
        if (open == null || clock.nanos() - pendingAskedNanos < PENDING_EVERY_NANOS) {
            return;
        }
        pendingAskedNanos = clock.nanos();
        try {
            pendingRestart =
                    Sql.value(
                                    open,
                                    "SELECT string_agg(name, ',' ORDER BY name) FROM pg_settings"
                                            + " WHERE pending_restart")
                            .map(names -> List.of(names.split(",")))
                            .orElse(List.of());
        } catch (SQLException e) {
            disconnect();
        }
    }

    /**
     * Says something between two looks, on their connection; its answer takes a second at most.
     *
     * @return empty if there is no connection, or it did not work
     */
    <T> Optional<T> between(Conversation.Words<T> words) throws DatabaseException {
        lock.lock();
        try {
            Connection open = connection;
            return open == null ? Optional.empty() : Optional.of(words.say(open));
        } catch (SQLException e) {
            LOG.debug("the connection that looks at {} does not work", server.name(), e);
            disconnect();
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The control file as it is on the disk; read once for each of its states.
     *
     * @throws IOException if there is none, or it cannot be looked at
     */
    ControlFile newestControlFile() throws IOException, DatabaseException {
        lock.lock();
        try {
            return controlFile();
        } finally {
            lock.unlock();
        }
    }

    private MemberState look(long begin) {
        if (question != null) {
            try {
                return question.ask(begin);
            } catch (SQLException | IllegalArgumentException e) {
                disconnect();
                if (Server.isTimeout(e)) {
                    return unresponsive(begin, "It did not answer within a second.");
                }
            }
        }
        return lookAtProcesses(begin);
    }

    private MemberState lookAtProcesses(long begin) {
        ServerProcesses.Found found = server.processes().look();
        if (found.postmaster().isPresent()) {
            return lookByNewConnection(begin, found.postmaster());
        }
        if (!found.servers().isEmpty()) {
            return server.data().postmasterNumber().isEmpty()
                    ? new MemberState.Starting("The server is being started or has just ended.")
                    : unresponsive(
                            begin,
                            "Its main process is gone, but "
                                    + found.servers().size()
                                    + " of its processes still have "
                                    + server.data()
                                    + " open.");
        }
        if (!found.tools().isEmpty()) {
            return new MemberState.Starting(
                    progress.sentence()
                            .orElse("Its data directory is being written by a program."));
        }
        if (!found.hidden().isEmpty()) {
            return unresponsive(
                    begin,
                    "The kernel does not show whether process "
                            + found.hidden().getFirst()
                            + " has "
                            + server.data()
                            + " open: run Shoestring as the owner of the directory, or with"
                            + " CAP_SYS_PTRACE.");
        }
        return lookAtFiles(begin);
    }

    private MemberState lookByNewConnection(long begin, OptionalLong postmaster) {
        try {
            exit.watch(postmaster.getAsLong());
            return connect().ask(begin);
        } catch (SQLException | IllegalArgumentException e) {
            disconnect();
            return notAnswering(begin, e);
        } catch (DatabaseException e) {
            disconnect();
            return unresponsive(begin, e.sentence());
        }
    }

    private ServerQuestion connect() throws SQLException, DatabaseException {
        Connection opened = server.connect(CONNECT_SECONDS, ANSWER_SECONDS);
        connection = opened;
        pendingAskedNanos = clock.nanos();
        server.checkIdentity(opened);
        int segmentBytes =
                Integer.parseInt(
                        Sql.text(opened, "SELECT bytes_per_wal_segment FROM pg_control_init()"));
        ServerQuestion opening =
                new ServerQuestion(
                        opened,
                        server.members(),
                        new WalFiles(server.data(), segmentBytes)::timelineOf,
                        hearing);
        question = opening;
        return opening;
    }

    private MemberState notAnswering(long begin, Exception e) {
        String state = e instanceof SQLException sql ? String.valueOf(sql.getSQLState()) : "";
        String reported = server.data().postmasterStatus();
        boolean onItsWay = reported.equals("starting") || reported.equals("stopping");
        if (state.equals(NOT_NOW) || state.equals(SHUTS_DOWN) || state.equals(CRASHED)) {
            return new MemberState.Starting(String.valueOf(e.getMessage()));
        }
        if (onItsWay || (reported.isEmpty() && isRefused(state))) {
            return new MemberState.Starting("The server is " + (onItsWay ? reported : "starting"));
        }
        return unresponsive(begin, "It cannot be asked: " + e.getMessage());
    }

    private static boolean isRefused(String state) {
        return state.equals(NO_CONNECTION);
    }

    private MemberState lookAtFiles(long begin) {
        try {
            if (server.data().isEmpty()) {
                return new MemberState.Empty();
            }
            ControlFile file = controlFile();
            return new MemberState.Stopped(
                    server.data().isReplica(), file.clean(), file.checkpoint());
        } catch (IOException e) {
            return unresponsive(
                    begin,
                    "Cannot read the directory " + server.data() + ": " + FileProblem.describe(e));
        } catch (DatabaseException e) {
            return unresponsive(begin, e.sentence());
        }
    }

    private ControlFile controlFile() throws IOException, DatabaseException {
        FileTime modified = Files.getLastModifiedTime(server.data().file("global/pg_control"));
        CachedControlFile cached = control;
        if (cached != null && cached.modified().equals(modified)) {
            return cached.file();
        }
        ControlFile file = ControlFile.read(server.data(), server.programs());
        control = new CachedControlFile(modified, file);
        return file;
    }

    private MemberState unresponsive(long begin, String problem) {
        if (!unresponsive) {
            unresponsiveSinceNanos = begin;
        }
        return new MemberState.Unresponsive(problem, unresponsiveSinceNanos);
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        question = null;
        pendingRestart = List.of();
        Server.closeQuietly(open);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            disconnect();
        } finally {
            lock.unlock();
        }
    }
}
