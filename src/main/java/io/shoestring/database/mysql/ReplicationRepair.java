package io.shoestring.database.mysql;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Pause;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an operator does by hand to a replica that cannot apply a change: looks at the change, and
 * passes over it, once he knows what it is. Blocks.
 */
public final class ReplicationRepair {
    private static final int ANSWER_SECONDS = 10;
    private static final long GO_ON_SECONDS = 10;
    private static final int LOOK_AGAIN_MILLIS = 50;
    private static final int PARTS_MAX = 200;
    private static final int ATTEMPTS = 5;
    private static final Pattern GTID = Pattern.compile("(\\d+)-(\\d+)-(\\d+)");

    private final MariaDbServer server;

    /**
     * Asks nobody yet.
     *
     * @param address of the member's node
     */
    public ReplicationRepair(
            DatabaseConfig database, DatabaseConfig.Member member, String address, Clock clock) {
        this.server = new MariaDbServer(database, member, address, clock);
    }

    /**
     * The change that a replica stands before.
     *
     * @param gtid its number: {@code 0-1-100}
     * @param trouble why it cannot be applied
     * @param parts what it does, one thing after the other, as the server tells it
     */
    public record Stuck(String gtid, ReplicationTrouble trouble, List<String> parts) {
        public Stuck {
            parts = List.copyOf(parts);
        }
    }

    /**
     * What the replica cannot apply; empty if it goes on, or does not go on for another reason.
     *
     * @throws DatabaseException if the server does not answer
     */
    public Optional<Stuck> stuck() throws DatabaseException {
        return server.askAtAddress(ANSWER_SECONDS, ReplicationRepair::stuck);
    }

    private static Optional<Stuck> stuck(ServerConnection connection)
            throws IOException, MysqlException {
        Map<String, String> row = MariaDbServer.firstRow(connection.table("SHOW SLAVE STATUS"));
        if (row.isEmpty() || row.getOrDefault("Last_SQL_Error", "").isEmpty()) {
            return Optional.empty();
        }
        Optional<ReplicationTrouble> trouble = ReplicationTrouble.of(ReplicationSource.of(row));
        List<Map<String, String>> events =
                connection.table(
                        "SHOW RELAYLOG EVENTS IN "
                                + MariaDbServer.quoted(row.getOrDefault("Relay_Log_File", ""))
                                + " FROM "
                                + Long.parseLong(row.getOrDefault("Relay_Log_Pos", "4"))
                                + " LIMIT "
                                + PARTS_MAX);
        return trouble.flatMap(found -> change(found, events));
    }

    /** The first transaction of these events. */
    private static Optional<Stuck> change(
            ReplicationTrouble trouble, List<Map<String, String>> events) {
        String gtid = "";
        List<String> parts = new ArrayList<>();
        for (Map<String, String> event : events) {
            String type = event.getOrDefault("Event_type", "");
            String info = event.getOrDefault("Info", "");
            if (type.equals("Gtid")) {
                Matcher matcher = GTID.matcher(info);
                if (!gtid.isEmpty() || !matcher.find()) {
                    break;
                }
                gtid = matcher.group();
            } else if (!gtid.isEmpty()) {
                parts.add(type + ": " + info);
            }
        }
        return gtid.isEmpty() ? Optional.empty() : Optional.of(new Stuck(gtid, trouble, parts));
    }

    /**
     * Passes over one change: an empty one takes its number in this replica's log. What the change
     * would have done is missing here from then on.
     *
     * @param gtid which; nothing is done if the replica stands before another one
     * @return what was done, as a sentence
     * @throws DatabaseException if it was not done
     */
    public String skip(String gtid) throws DatabaseException {
        Stuck stuck =
                stuck().orElseThrow(
                                () ->
                                        new DatabaseException(
                                                "Member "
                                                        + server.name()
                                                        + " does not stand before a change that it"
                                                        + " cannot apply: nothing was done."));
        if (!stuck.gtid().equals(gtid)) {
            throw new DatabaseException(
                    "Member "
                            + server.name()
                            + " stands before "
                            + stuck.gtid()
                            + ", not before "
                            + gtid
                            + ": nothing was done. Look at it first.");
        }
        return server.askAtAddress(ANSWER_SECONDS, connection -> skip(connection, gtid));
    }

    private String skip(ServerConnection connection, String gtid)
            throws IOException, MysqlException, DatabaseException {
        Matcher number = GTID.matcher(gtid);
        if (!number.matches()) {
            throw new DatabaseException(gtid + " is no number of a transaction: 0-1-100 is one.");
        }
        connection.run("STOP SLAVE");
        connection.run("SET SESSION gtid_domain_id = " + number.group(1));
        connection.run("SET SESSION server_id = " + number.group(2));
        connection.run("SET SESSION gtid_seq_no = " + number.group(3));
        // It changes nothing and is logged as a transaction, here and where this one is followed.
        connection.run("FLUSH PRIVILEGES");
        goOn(connection);
        return await(connection, gtid);
    }

    /** The node may have it follow again in the same moment: that is as good. */
    private static void goOn(ServerConnection connection)
            throws IOException, MysqlException, DatabaseException {
        for (int attempt = 1; ; attempt++) {
            try {
                connection.run("STOP SLAVE");
                connection.run("SET GLOBAL gtid_slave_pos = @@global.gtid_binlog_pos");
                connection.run("START SLAVE");
                return;
            } catch (MysqlException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                Pause.millis(LOOK_AGAIN_MILLIS);
            }
        }
    }

    private String await(ServerConnection connection, String gtid)
            throws IOException, MysqlException, DatabaseException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(GO_ON_SECONDS);
        while (true) {
            ReplicaStatus status = ReplicaStatus.read(connection);
            if (status.streams()) {
                return "Member "
                        + server.name()
                        + " has passed over "
                        + gtid
                        + " and goes on. What that changed is missing there: compare the tables.";
            }
            if (!status.applyError().isEmpty() || server.clock().nanos() - deadline > 0) {
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " has passed over "
                                + gtid
                                + ", but does not go on. "
                                + status.trouble().map(ReplicationTrouble::sentences).orElse(""));
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
    }
}
