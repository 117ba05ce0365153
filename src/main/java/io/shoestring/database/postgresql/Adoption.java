package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.postgresql.AdoptionPlan.Change;
import io.shoestring.database.server.FileProblem;
import io.shoestring.model.MemberName;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Says before what will be changed at a member of this machine when Shoestring takes it over.
 * Changes nothing.
 */
public final class Adoption {
    private static final int CONNECT_SECONDS = 2;
    private static final int ANSWER_SECONDS = 5;

    /** Its value tells people the epoch, and nothing else depends on it. */
    private static final String EPOCH = "shoestring.epoch";

    private static final Set<String> UPSTREAM = Set.of("primary_conninfo", "primary_slot_name");

    private final DatabaseConfig database;
    private final DatabaseConfig.Member member;
    private final Server server;

    /**
     * Looks at nothing yet.
     *
     * @param address of the member's node
     */
    public Adoption(
            DatabaseConfig database, DatabaseConfig.Member member, String address, Clock clock) {
        this.database = database;
        this.member = member;
        this.server = new Server(database, member, address, clock);
    }

    /**
     * Looks, and says what would be changed.
     *
     * @throws DatabaseException if it cannot be looked at; says what to do
     */
    public AdoptionPlan plan() throws DatabaseException {
        try {
            if (server.data().isEmpty()) {
                return nothing(
                        "Its data directory is empty: it is filled from the primary by a base"
                                + " backup.");
            }
            return server.processes().postmaster().isPresent() ? running() : stopped();
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot look at " + server.data() + ": " + FileProblem.describe(e), e);
        } catch (SQLException e) {
            throw new DatabaseException(
                    "Member " + server.name() + " cannot be asked: " + e.getMessage(), e);
        }
    }

    private AdoptionPlan nothing(String found) {
        return new AdoptionPlan(
                server.name().value(), found, List.of(), List.of(), List.of(), List.of());
    }

    private AdoptionPlan stopped() throws IOException, DatabaseException {
        return new AdoptionPlan(
                server.name().value(),
                "It does not run: it is started, and then all settings of shoestring.conf are in"
                        + " force.",
                files(),
                List.of(),
                overridden(),
                List.of());
    }

    private AdoptionPlan running() throws SQLException, DatabaseException, IOException {
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS)) {
            server.checkIdentity(connection);
            boolean replica = Sql.isTrue(connection, "SELECT pg_is_in_recovery()");
            return new AdoptionPlan(
                    server.name().value(),
                    found(connection, replica),
                    files(),
                    settings(connection, replica),
                    others(connection, replica),
                    restarts(connection));
        }
    }

    private String found(Connection connection, boolean replica) throws SQLException {
        return "It runs as a "
                + (replica ? "replica" : "primary")
                + " (PostgreSQL "
                + Sql.text(connection, "SHOW server_version")
                + ", system identifier "
                + Sql.text(connection, "SELECT system_identifier FROM pg_control_system()")
                + ", settings in "
                + server.mainFile().path()
                + "), and is not restarted.";
    }

    private List<String> files() throws IOException {
        List<String> files = new ArrayList<>();
        MainFile main = server.mainFile();
        files.add(server.data().file(SettingsFile.NAME) + " is written: the settings below.");
        files.add(
                SettingsFile.includes(server.data(), main)
                        ? main.path() + " includes it already, and stays as it is."
                        : main.path()
                                + " gets one line at its end: "
                                + SettingsFile.includeLine(server.data(), main));
        if (main.isStartedAtBoot()) {
            files.add(
                    main.startFile()
                            + ": 'auto' becomes 'manual', because a primary that died must not be"
                            + " started as one by its machine.");
        }
        return files;
    }

    private List<Change> settings(Connection connection, boolean replica) throws SQLException {
        List<Change> changes = new ArrayList<>();
        for (Map.Entry<String, String> each : wanted().entrySet()) {
            boolean upstream = replica && UPSTREAM.contains(each.getKey());
            if (each.getKey().equals(EPOCH) || upstream) {
                continue;
            }
            String now = Sql.text(connection, "SHOW " + each.getKey());
            if (!now.equals(each.getValue())) {
                changes.add(
                        new Change(each.getKey(), now, each.getValue(), when(connection, each)));
            }
        }
        return changes;
    }

    private Map<String, String> wanted() {
        return Settings.ofPrimary(server.name(), server.port(), 0, waitedFor())
                .values(server.data().majorVersion());
    }

    private Set<MemberName> waitedFor() {
        return !database.protection().isSynchronous()
                ? Set.of()
                : database.members().values().stream()
                        .filter(other -> !other.name().equals(member.name()))
                        .filter(other -> other.priority() > 0)
                        .map(DatabaseConfig.Member::name)
                        .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static String when(Connection connection, Map.Entry<String, String> setting)
            throws SQLException {
        if (setting.getKey().equals("synchronous_standby_names")) {
            return "by a reload, on the primary, for those who have caught up";
        }
        Optional<String> context =
                Sql.value(
                        connection,
                        "SELECT context FROM pg_settings WHERE name = ?",
                        setting.getKey());
        return context.equals(Optional.of("postmaster"))
                ? "at its next start, whenever that is; nothing is restarted for it"
                : "by a reload";
    }

    private List<String> others(Connection connection, boolean replica)
            throws SQLException, IOException {
        List<String> others = new ArrayList<>(overridden());
        if (replica) {
            others.add(upstream(connection));
        } else {
            database.members().keySet().stream()
                    .filter(name -> !name.equals(member.name()))
                    .map(SlotName::of)
                    .forEach(
                            slot ->
                                    others.add(
                                            "The replication slot "
                                                    + slot
                                                    + " is made; together with"
                                                    + " max_slot_wal_keep_size it keeps 4 GB of"
                                                    + " the log at most."));
        }
        others.add("Nothing is changed in pg_hba.conf, in roles, or in any database.");
        return others;
    }

    private static String upstream(Connection connection) throws SQLException {
        return ConnectionInfo.upstream(Sql.text(connection, "SHOW primary_conninfo"))
                .map(
                        from ->
                                "It follows "
                                        + from
                                        + ": it goes on, if that is the primary's address in this"
                                        + " configuration; else it is led there by a reload, with"
                                        + " the slot of its name.")
                .orElse("It follows nobody: it is made a replica of the primary.");
    }

    private List<String> overridden() throws IOException {
        List<String> names =
                SettingsFile.overriddenIn(
                        server.data().file("postgresql.auto.conf"), wanted().keySet());
        return names.isEmpty()
                ? List.of()
                : List.of(
                        "postgresql.auto.conf overrides "
                                + String.join(", ", names)
                                + ": ALTER SYSTEM RESET them before.");
    }

    private List<String> restarts(Connection connection) throws SQLException {
        List<String> restarts = new ArrayList<>();
        int replicas = Math.max(1, database.members().size() - 1);
        if (Sql.isTrue(connection, "SELECT current_setting('wal_level') = 'minimal'")) {
            restarts.add("ALTER SYSTEM SET wal_level = 'replica'; replicas get no log without it.");
        }
        for (String name : List.of("max_wal_senders", "max_replication_slots")) {
            int most = Integer.parseInt(Sql.text(connection, "SHOW " + name));
            if (most < replicas) {
                restarts.add(
                        "ALTER SYSTEM SET %s = 10; it is %d, and there are %d replicas."
                                .formatted(name, most, replicas));
            }
        }
        if (Sql.isTrue(
                connection,
                "SELECT NOT current_setting('wal_log_hints')::bool"
                        + " AND NOT current_setting('data_checksums')::bool")) {
            restarts.add(
                    "wal_log_hints = on, which shoestring.conf sets, comes into force: until then a"
                            + " failed primary is cloned instead of rewound.");
        }
        return restarts;
    }
}
