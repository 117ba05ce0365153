package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.CopyProgress;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.ProcessExit;
import io.shoestring.database.server.ServerProcesses;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;
import io.shoestring.model.Position;
import io.shoestring.protocol.mysql.MysqlViolation;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Says what a member is at this moment: by the connection that it keeps, else by the process table,
 * else by the files. One look at a time.
 */
final class MariaDbObserver implements AutoCloseable {
    private static final int ANSWER_SECONDS = 1;
    private static final int SHUTDOWN_IN_PROGRESS = 1053;
    private static final String CAUGHT_UP = "has sent all binlog";
    private static final String STATE =
            "SELECT @@global.read_only AS readonly, @@global.gtid_binlog_state AS logged,"
                    + " @@global.gtid_binlog_pos AS newest, @@global.gtid_slave_pos AS applied,"
                    + " @@global.server_id AS self,"
                    + " @@global.rpl_semi_sync_master_enabled AS waits";
    private static final int FULL_BYTES = 1 << 20;

    private static final String WRITTEN_TO =
            "It was written to, past its primary. Its data is kept aside and it is copied anew by"
                    + " itself; 'shoestring doctor' names the transactions.";

    private static final String WRITTEN_TO_MUTUAL =
            "It was written to, past its primary, which takes that over if it has written nothing"
                    + " since. Else its data is kept aside and it is copied anew by itself;"
                    + " 'shoestring doctor' names the transactions.";

    /** What a commit does whose log has no room: for up to a minute longer than there is none. */
    private static final String WAITS_FOR_ROOM = ReplicationTrouble.WAITS_FOR_ROOM;

    private static final String SESSIONS =
            "SELECT id, user, state FROM information_schema.processlist"
                    + " WHERE command LIKE 'Binlog Dump%' OR state = '"
                    + WAITS_FOR_ROOM
                    + "'";

    private final MariaDbServer server;
    private final ServerOptions options;
    private final ProcessExit exit;
    private final CopyProgress progress;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<String> caughtUp = new HashSet<>();
    private @Nullable ServerConnection connection;
    private boolean unresponsive;
    private boolean wasFull;
    private long unresponsiveSinceNanos;

    MariaDbObserver(MariaDbServer server, ProcessExit exit, CopyProgress progress) {
        this.progress = progress;
        this.server = server;
        this.options = new ServerOptions(server);
        this.exit = exit;
    }

    /** Looks once. */
    MemberFacts observe() {
        lock.lock();
        try {
            long begin = server.clock().nanos();
            MemberState state = look(begin);
            unresponsive = state instanceof MemberState.Unresponsive;
            return new MemberFacts(server.name(), begin, state);
        } finally {
            lock.unlock();
        }
    }

    private MemberState look(long begin) {
        ServerConnection open = connection;
        if (open != null) {
            try {
                return ask(open, begin);
            } catch (SocketTimeoutException e) {
                disconnect();
                return unresponsive(begin, "It did not answer within a second.");
            } catch (IOException | MysqlException | MysqlViolation e) {
                disconnect();
            }
        }
        return lookAtProcesses(begin);
    }

    private MemberState lookAtProcesses(long begin) {
        if (Files.exists(server.cloning())) {
            return isBeingCopied();
        }
        ServerProcesses.Found found = server.processes().look();
        if (found.postmaster().isPresent()) {
            exit.watch(found.postmaster().getAsLong());
            return lookByNewConnection(begin);
        }
        if (!found.tools().isEmpty()) {
            return new MemberState.Starting("Its data directory is being written by a program.");
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

    /** Servers come and go in the directory then, and none of them is the member's yet. */
    private MemberState isBeingCopied() {
        Optional<String> copying = progress.sentence();
        if (copying.isPresent()) {
            return new MemberState.Starting(copying.get());
        }
        return server.processes().look().nobody()
                ? new MemberState.Empty()
                : new MemberState.Starting("Its data is being copied.");
    }

    private MemberState lookByNewConnection(long begin) {
        try {
            ServerConnection opened = server.open(ANSWER_SECONDS);
            connection = opened;
            server.checkIdentity(opened);
            return ask(opened, begin);
        } catch (ConnectException e) {
            disconnect();
            return new MemberState.Starting("The server starts or ends.");
        } catch (MysqlException e) {
            disconnect();
            return e.code() == SHUTDOWN_IN_PROGRESS
                    ? new MemberState.Starting("The server ends.")
                    : unresponsive(begin, "It cannot be asked: " + e.getMessage());
        } catch (IOException | MysqlViolation e) {
            disconnect();
            return unresponsive(begin, "It cannot be asked: " + e.getMessage());
        } catch (DatabaseException e) {
            disconnect();
            return unresponsive(begin, e.sentence());
        }
    }

    private MemberState ask(ServerConnection open, long begin) throws IOException, MysqlException {
        Map<String, String> state = open.table(STATE).getFirst();
        ClusterHistory history = ClusterHistory.read(open);
        if (!isOn(state, "readonly")) {
            return primary(begin, history, state, open.table(SESSIONS));
        }
        return MariaDbInspection.waitsForRoom(open)
                ? unresponsive(begin, ReplicationTrouble.waitsForRoom().sentences())
                : replica(open, history, state);
    }

    /** One that lets all commits wait for room on its disk is as good as one that says nothing. */
    private MemberState primary(
            long begin,
            ClusterHistory history,
            Map<String, String> state,
            List<Map<String, String>> sessions)
            throws MysqlException {
        return waitsForRoom(sessions)
                ? unresponsive(begin, "Its commits wait for room on its disk.")
                : new MemberState.Primary(
                        position(history, furthest(state)),
                        standbys(sessions),
                        isOn(state, "waits")
                                ? server.partner().map(Set::of).orElse(Set.of())
                                : Set.of(),
                        history.cluster());
    }

    /**
     * One that was written to, past its primary, is not what its primary says: it counts as one
     * that gets no log, and what it wrote itself does not make it more advanced.
     */
    private MemberState replica(
            ServerConnection open, ClusterHistory history, Map<String, String> state)
            throws IOException, MysqlException {
        ReplicaStatus status = ReplicaStatus.read(open);
        GtidState applied = GtidState.parse(text(state, "applied"));
        long has = status.configured() ? applied.distance() : furthest(state);
        boolean errant =
                status.configured()
                        && GtidState.parse(text(state, "newest"))
                                .isWrittenBy(Long.parseLong(text(state, "self")), applied);
        return new MemberState.Replica(
                position(history, Math.max(has, status.received().distance())),
                position(history, has),
                status.streams() && !errant,
                // Who was told to receive nothing follows nobody, wherever it was pointed at.
                status.receives() ? status.upstream() : "",
                history.cluster(),
                errant
                        ? Optional.of(server.isMutual() ? WRITTEN_TO_MUTUAL : WRITTEN_TO)
                        : status.trouble().map(ReplicationTrouble::sentences),
                Optional.empty(),
                status.held());
    }

    private static long furthest(Map<String, String> state) throws MysqlException {
        return Math.max(distance(state, "logged"), distance(state, "applied"));
    }

    /** A sort may wait for room elsewhere, and hinders nobody. */
    private boolean waitsForRoom(List<Map<String, String>> sessions) {
        boolean waits =
                sessions.stream().anyMatch(row -> text(row, "state").equals(WAITS_FOR_ROOM));
        boolean full = server.data().toFile().getUsableSpace() < FULL_BYTES;
        wasFull = full || (wasFull && waits);
        return wasFull && waits;
    }

    private List<MemberState.Standby> standbys(List<Map<String, String>> sessions) {
        List<MemberState.Standby> standbys = new ArrayList<>();
        Set<String> present = new HashSet<>();
        for (Map<String, String> row : sessions) {
            String thread = text(row, "id");
            present.add(thread);
            if (text(row, "state").contains(CAUGHT_UP)) {
                caughtUp.add(thread);
            }
            server.replicatingMember(text(row, "user"))
                    .map(member -> standby(member, caughtUp.contains(thread)))
                    .ifPresent(standbys::add);
        }
        caughtUp.retainAll(present);
        return standbys;
    }

    /**
     * Once it has had everything it keeps up, or its connection ends: under load it never rests.
     */
    private MemberState.Standby standby(MemberName member, boolean streaming) {
        return new MemberState.Standby(
                member, streaming, Lsn.ZERO, server.partner().filter(member::equals).isPresent());
    }

    private MemberState lookAtFiles(long begin) {
        try {
            if (server.hasNoFiles()) {
                return new MemberState.Empty();
            }
            BinaryLog.End end = BinaryLog.read(options.logIndex());
            return new MemberState.Stopped(
                    server.isReplica(),
                    end.closed(),
                    new Position(0, new Lsn(end.state().distance())));
        } catch (IOException e) {
            return unresponsive(
                    begin,
                    "Cannot read the directory " + server.data() + ": " + FileProblem.describe(e));
        } catch (DatabaseException e) {
            return unresponsive(begin, e.sentence());
        }
    }

    private MemberState unresponsive(long begin, String problem) {
        if (!unresponsive) {
            unresponsiveSinceNanos = begin;
        }
        return new MemberState.Unresponsive(problem, unresponsiveSinceNanos);
    }

    private static long distance(Map<String, String> row, String column) throws MysqlException {
        return GtidState.parse(text(row, column)).distance();
    }

    private static Position position(ClusterHistory history, long distance) {
        return new Position((int) Math.min(history.epoch(), Integer.MAX_VALUE), new Lsn(distance));
    }

    private static String text(Map<String, String> row, String column) {
        return row.getOrDefault(column, "");
    }

    private static boolean isOn(Map<String, String> row, String column) {
        return text(row, column).equals("1");
    }

    private void disconnect() {
        ServerConnection open = connection;
        connection = null;
        if (open != null) {
            open.close();
        }
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
