package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Has a primary follow its only successor, too, so that each replicates from the other.
 *
 * <pre>
 *   primary ──────────── its log ───────────► successor (read-only)
 *      ▲                                          │
 *      └── connection "shoestring": what is new ──┘    nothing, unless somebody writes there
 * </pre>
 *
 * <p>What can hurt: a server that crashed as the primary may have transactions that nobody
 * acknowledged, and the next primary must never get them. So the way back is no property of a pair,
 * but of a moment:
 *
 * <ol>
 *   <li>It is made only after the successor was seen to follow this primary, to be read-only, and
 *       to have nothing in its log that this primary lacks; whoever comes back is first made such
 *       by {@link MariaDbFollowing}.
 *   <li>It begins behind what was looked at, by its place in the successor's log. By GTID the
 *       primary would ask for its own newest transaction, which the successor may not have yet.
 *   <li>It is a connection of its own, which no start of the server opens ({@code
 *       --skip-slave-start}) and each change of a role takes away. What says of a stopped server
 *       whether it was a replica is that of the other connection.
 *   <li>With {@code gtid_strict_mode} what arrives late is refused instead of put in between: then
 *       the way is taken away, and the successor is mended as without it.
 *   <li>As soon as the successor is seen to be something else the way is taken away.
 * </ol>
 */
final class MutualFollowing implements AutoCloseable {
    /** The connection's name at the primary. */
    static final String CONNECTION = "shoestring";

    private static final Logger LOG = LoggerFactory.getLogger(MutualFollowing.class);
    private static final int ANSWER_SECONDS = 1;
    private static final long LOOK_AGAIN_MILLIS = 1_000;
    private static final int FAILURES_TOLD = 10;
    private static final long END_MILLIS = 2_000;

    /** What was seen longer ago is looked at again before anything is done. */
    private static final long FRESH_NANOS = 3_000_000_000L;

    private final MariaDbServer server;
    private final MemberSpec successor;
    private final Gate gate;
    private final Thread watch;
    private volatile boolean closed;
    private int failures;

    /** Lets through what no order may be under way with; false if one is, and it was not done. */
    interface Gate {
        boolean pass(Step step) throws DatabaseException;
    }

    /** What is done there. */
    interface Step {
        void run() throws DatabaseException;
    }

    /** The way, said by the primary. */
    private enum Way {
        NONE,
        OPEN,
        BROKEN
    }

    /**
     * What the successor said.
     *
     * @param file of its log, and the place in it, before {@code logged} was read
     */
    private record Look(boolean sound, GtidState logged, String file, String place) {}

    /**
     * Nothing is done yet.
     *
     * @param server that is to follow while it is the primary
     * @param successor whom it follows then
     */
    MutualFollowing(MariaDbServer server, MemberSpec successor, Gate gate) {
        this.server = server;
        this.successor = successor;
        this.gate = gate;
        this.watch = Thread.ofVirtual().name("mutual-" + server.name()).unstarted(this::watch);
    }

    /** Begins to watch both servers, in a thread of its own. */
    void start() {
        watch.start();
    }

    private void watch() {
        while (!closed) {
            try {
                round();
                failures = 0;
            } catch (DatabaseException e) {
                failed(e.sentence());
            }
            try {
                Thread.sleep(LOOK_AGAIN_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** A server that starts or ends does not answer for a while; it is tried again each second. */
    private void failed(String sentence) {
        failures++;
        if (failures == FAILURES_TOLD) {
            LOG.info("The way back to member {} is not looked after: {}", server.name(), sentence);
        }
    }

    private void round() throws DatabaseException {
        long begin = server.clock().nanos();
        Optional<Change> needed = needed();
        if (needed.isPresent()) {
            gate.pass(() -> carryOut(needed.get(), begin));
        }
    }

    private void carryOut(Change change, long seenNanos) throws DatabaseException {
        if (!closed && server.clock().nanos() - seenNanos < FRESH_NANOS) {
            server.ask(
                    ANSWER_SECONDS,
                    connection -> {
                        change.at(connection);
                        return "";
                    });
        }
    }

    /** The way is only there while somebody looks after it. */
    @Override
    public void close() {
        closed = true;
        watch.interrupt();
        try {
            watch.join(END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (server.process().isEmpty()) {
            return;
        }
        try {
            server.ask(
                    ANSWER_SECONDS,
                    connection -> {
                        forget(connection);
                        return "";
                    });
        } catch (DatabaseException e) {
            LOG.info("The way back to member {} stays: {}", server.name(), e.sentence());
        }
    }

    /** Takes the way back away, if there is one. */
    static void forget(ServerConnection connection) throws IOException, MysqlException {
        if (way(connection) != Way.NONE) {
            connection.run("STOP SLAVE '" + CONNECTION + "'");
            connection.run("RESET SLAVE '" + CONNECTION + "' ALL");
        }
    }

    /** What is to be said to this server. */
    interface Change {
        void at(ServerConnection connection) throws IOException, MysqlException;
    }

    /**
     * Looks at both servers, and says what is to be done at this one. The successor is asked
     * without anybody waiting for that.
     */
    Optional<Change> needed() throws DatabaseException {
        if (server.process().isEmpty()) {
            return Optional.empty();
        }
        boolean primary = server.ask(ANSWER_SECONDS, this::prepare);
        Way way = server.ask(ANSWER_SECONDS, MutualFollowing::way);
        if (!primary) {
            return way == Way.NONE ? Optional.empty() : Optional.of(MutualFollowing::forget);
        }
        Optional<Look> look = look();
        if (way != Way.NONE) {
            return way == Way.BROKEN || look.filter(it -> !it.sound()).isPresent()
                    ? Optional.of(MutualFollowing::forget)
                    : Optional.empty();
        }
        if (look.filter(Look::sound).isEmpty()) {
            return Optional.empty();
        }
        String password = server.password();
        server.ask(
                ANSWER_SECONDS,
                connection -> {
                    ReplicationAccount.allow(connection, server.name(), password);
                    return "";
                });
        // Ours is read after theirs: it only grows meanwhile.
        return has(look.get().logged())
                ? Optional.of(connection -> open(connection, look.get(), password))
                : Optional.empty();
    }

    /** The steps of the counters, of either server; returns whether this one takes writes. */
    private boolean prepare(ServerConnection connection) throws IOException, MysqlException {
        List<String> row =
                connection
                        .ask(
                                "SELECT @@global.read_only, @@global.auto_increment_increment,"
                                        + " @@global.auto_increment_offset,"
                                        + " @@global.gtid_strict_mode")
                        .getFirst();
        String step = String.valueOf(MariaDbServer.COUNTING_STEP);
        String offset = String.valueOf(server.countingOffset());
        if (!row.get(1).equals(step) || !row.get(2).equals(offset)) {
            connection.run("SET GLOBAL auto_increment_increment = " + step);
            connection.run("SET GLOBAL auto_increment_offset = " + offset);
            LOG.info(
                    "Member {} counts in steps of {} from {}, which keeps its numbers from those"
                            + " of {}",
                    server.name(),
                    step,
                    offset,
                    successor.name());
        }
        if (!row.get(3).equals("1")) {
            connection.run("SET GLOBAL gtid_strict_mode = ON");
        }
        return row.getFirst().equals("0");
    }

    private static Way way(ServerConnection connection) throws IOException, MysqlException {
        return MariaDbInspection.sources(connection).stream()
                .filter(source -> source.name().equals(CONNECTION))
                .findFirst()
                .map(MutualFollowing::way)
                .orElse(Way.NONE);
    }

    /** One that tries to connect is open: it goes on by itself when the successor is back. */
    private static Way way(ReplicationSource source) {
        boolean works = !source.receiving().equals("No") && source.applying().equals("Yes");
        if (!works && (source.receiveError().is() || source.applyError().is())) {
            LOG.warn(
                    "The way back from {} is closed: {} {}",
                    source.upstream(),
                    source.receiveError().words(),
                    source.applyError().words());
        }
        return works ? Way.OPEN : Way.BROKEN;
    }

    /** Empty if the successor does not answer: then nothing comes from there either. */
    private Optional<Look> look() {
        try {
            return Optional.of(server.ask(successor, ANSWER_SECONDS, this::look));
        } catch (DatabaseException e) {
            LOG.debug("{}", e.sentence());
            return Optional.empty();
        }
    }

    private Look look(ServerConnection connection) throws IOException, MysqlException {
        Map<String, String> at = MariaDbServer.firstRow(connection.table("SHOW MASTER STATUS"));
        List<String> row =
                connection.ask("SELECT @@global.read_only, @@global.gtid_binlog_state").getFirst();
        ReplicaStatus status = ReplicaStatus.read(connection);
        return new Look(
                row.getFirst().equals("1") && status.streams() && isOurs(status.upstream()),
                GtidState.parse(row.getLast()),
                at.getOrDefault("File", ""),
                at.getOrDefault("Position", ""));
    }

    private boolean isOurs(String upstream) {
        return upstream.equals(server.address().toString());
    }

    private boolean has(GtidState theirs) throws DatabaseException {
        return server.ask(
                ANSWER_SECONDS,
                connection ->
                        theirs.missingFrom(
                                        GtidState.parse(
                                                connection
                                                        .ask("SELECT @@global.gtid_binlog_state")
                                                        .getFirst()
                                                        .getFirst()))
                                .isEmpty());
    }

    private void open(ServerConnection connection, Look look, String password)
            throws IOException, MysqlException {
        if (connection.ask("SELECT @@global.read_only").getFirst().getFirst().equals("1")) {
            return;
        }
        Endpoint at = successor.endpoint();
        String user = MariaDbServer.replicationUser(server.name());
        connection.run(
                "CHANGE MASTER '%s' TO master_host = %s, master_port = %d, master_user = %s,"
                                .formatted(
                                        CONNECTION,
                                        MariaDbServer.quoted(at.host()),
                                        at.port(),
                                        MariaDbServer.quoted(user))
                        + " master_password = %s, master_log_file = %s, master_log_pos = %s,"
                                .formatted(
                                        MariaDbServer.quoted(password),
                                        MariaDbServer.quoted(look.file()),
                                        look.place())
                        + " master_use_gtid = no, master_connect_retry = 1");
        connection.run("START SLAVE '" + CONNECTION + "'");
        LOG.info(
                "Member {} replicates from {}, too, from {}:{} on",
                server.name(),
                successor.name(),
                look.file(),
                look.place());
    }
}
