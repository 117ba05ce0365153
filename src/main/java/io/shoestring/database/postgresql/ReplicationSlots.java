package io.shoestring.database.postgresql;

import io.shoestring.model.MemberName;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;

/** The slots by which a primary keeps the log that a replica has not fetched yet. */
final class ReplicationSlots {
    /** SQLSTATE duplicate_object. */
    private static final String DUPLICATE_OBJECT = "42710";

    private ReplicationSlots() {}

    /**
     * Makes the slot if it is not there; one that has lost its log is made anew. It keeps the log
     * from now on, although nobody is connected to it yet.
     */
    static void ensure(Connection primary, String slot) throws SQLException {
        Sql.value(
                primary,
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                        + " WHERE slot_name = ? AND NOT active AND wal_status = 'lost'",
                slot);
        try {
            Sql.value(
                    primary,
                    "SELECT pg_create_physical_replication_slot(name, true) FROM (SELECT ?::name AS"
                            + " name) n WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE"
                            + " slot_name = n.name)",
                    slot);
        } catch (SQLException e) {
            // Between the look and the making, the agent of another member may have made it.
            if (!DUPLICATE_OBJECT.equals(e.getSQLState())) {
                throw e;
            }
        }
    }

    /** Drops one slot unless it is in use. */
    static void drop(Connection server, String slot) throws SQLException {
        Sql.value(
                server,
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                        + " WHERE slot_name = ? AND NOT active",
                slot);
    }

    /**
     * Drops the logical slots of a replica's time as a primary that are to follow a failover: where
     * one of that name is in the way, the primary's is not copied. Such slots are since version 17.
     */
    static void dropOutlived(Connection replica) throws SQLException {
        Sql.value(
                replica,
                "SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots s"
                        + " WHERE slot_type = 'logical' AND NOT active AND pg_is_in_recovery()"
                        + " AND (to_jsonb(s) ->> 'failover')::bool"
                        + " AND NOT (to_jsonb(s) ->> 'synced')::bool");
    }

    /**
     * Drops those slots of ours that are for nobody of {@code members} and not in use: on a
     * replica, left from its time as a primary, they would keep its log for ever.
     */
    static void dropFormer(Connection primary, Collection<MemberName> members) throws SQLException {
        String[] kept = members.stream().map(SlotName::of).toArray(String[]::new);
        try (var statement =
                primary.prepareStatement(
                        "SELECT count(pg_drop_replication_slot(slot_name))"
                                + " FROM pg_replication_slots WHERE starts_with(slot_name, ?)"
                                + " AND slot_type = 'physical' AND NOT active"
                                + " AND slot_name <> ALL (?)")) {
            statement.setString(1, SlotName.PREFIX);
            statement.setArray(2, primary.createArrayOf("name", kept));
            statement.execute();
        }
    }
}
