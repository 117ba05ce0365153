package io.shoestring.database.mysql;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.mysql.MariaDbAnswers.Account;
import io.shoestring.database.mysql.MariaDbAnswers.Event;
import io.shoestring.database.mysql.MariaDbAnswers.Table;
import io.shoestring.model.Endpoint;
import io.shoestring.protocol.mysql.MysqlViolation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Asks a server everything that is to be known of it, and changes nothing. Blocks. */
public final class MariaDbInspection {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final String LOOPBACK = "127.0.0.1";

    /** Access denied; for a user of that host; and because the plugin says so. */
    private static final Set<Integer> REFUSED = Set.of(1045, 1130, 1698, 1862);

    private static final String VARIABLES =
            "SELECT lower(variable_name), variable_value FROM information_schema.global_variables"
                    + " WHERE variable_name NOT LIKE 'PERFORMANCE_SCHEMA%'"
                    + " AND variable_name NOT LIKE 'ARIA%'";

    private static final String STATUS =
            "SELECT lower(variable_name), variable_value FROM information_schema.global_status"
                    + " WHERE variable_name NOT LIKE 'COM\\_%'";

    private static final String ACCOUNTS =
            """
            SELECT g.user AS user, g.host AS host,
                   coalesce(json_value(g.priv, '$.plugin'), '') AS method,
                   coalesce(json_value(g.priv, '$.authentication_string'), '') <> '' AS password,
                   g.priv LIKE '%unix\\_socket%' AS socket,
                   coalesce(json_value(g.priv, '$.account_locked'), 'false') AS locked,
                   coalesce((SELECT group_concat(p.privilege_type SEPARATOR ',')
                             FROM information_schema.user_privileges p
                             WHERE p.grantee = concat('''', g.user, '''@''', g.host, '''')), '')
                   AS privileges
            FROM mysql.global_priv g
            WHERE g.host <> '' AND coalesce(json_value(g.priv, '$.is_role'), 'false') = 'false'
            ORDER BY g.user, g.host LIMIT 1000
            """;

    private static final String OTHER_ENGINES =
            """
            SELECT concat(table_schema, '.', table_name) AS name, engine
            FROM information_schema.tables
            WHERE table_type = 'BASE TABLE' AND engine <> 'InnoDB'
              AND table_schema NOT IN
                  ('mysql', 'information_schema', 'performance_schema', 'sys', 'shoestring')
            ORDER BY 1 LIMIT 1000
            """;

    /** From InnoDB's own dictionary: no table has to be opened for it. */
    private static final String KEYLESS =
            """
            SELECT replace(t.name, '/', '.') AS name
            FROM information_schema.innodb_sys_indexes i
            JOIN information_schema.innodb_sys_tables t ON t.table_id = i.table_id
            WHERE i.name = 'GEN_CLUST_INDEX' AND t.name LIKE '%/%'
              AND t.name NOT LIKE 'mysql/%' AND t.name NOT LIKE '%/#%'
              AND t.name NOT LIKE '%/FTS\\_%'
            ORDER BY 1 LIMIT 1000
            """;

    private static final String EVENTS =
            "SELECT concat(event_schema, '.', event_name) AS name, status"
                    + " FROM information_schema.events ORDER BY 1 LIMIT 1000";

    private final DatabaseConfig database;
    private final DatabaseConfig.Member member;
    private final String address;
    private final boolean here;
    private final Clock clock;

    /**
     * Asks nobody yet.
     *
     * @param address of the member's node
     * @param here whether that is this machine
     */
    public MariaDbInspection(
            DatabaseConfig database,
            DatabaseConfig.Member member,
            String address,
            boolean here,
            Clock clock) {
        this.database = database;
        this.member = member;
        this.address = address;
        this.here = here;
        this.clock = clock;
    }

    /** Why a server could not be asked. */
    public static final class Refusal extends Exception {
        private static final long serialVersionUID = 1;

        private final Reason reason;

        Refusal(Reason reason, String sentence) {
            super(sentence);
            this.reason = reason;
        }

        /** Of what kind it is. */
        public Reason reason() {
            return reason;
        }

        /** For people. */
        public String sentence() {
            return String.valueOf(getMessage());
        }
    }

    /** Of what kind a refusal is. */
    public enum Reason {
        /** Nobody takes the connection, or answers. */
        SILENT,
        /** It does not let the configured user in. */
        REFUSED,
        /** The configured user may not see what it asked for. */
        NO_RIGHTS,
        /** Another server answers at that port. */
        ANOTHER
    }

    /** Somebody to ask, and by which way. */
    private record Contact(
            ServerConnection connection, Endpoint endpoint, Optional<String> problem) {}

    /**
     * Asks; may take ten seconds for each question that is not answered.
     *
     * @throws Refusal if it cannot be asked
     */
    public MariaDbAnswers ask() throws Refusal {
        try {
            Contact contact = contact();
            try (ServerConnection connection = contact.connection()) {
                if (here) {
                    new MariaDbServer(database, member, address, clock).checkIdentity(connection);
                }
                return answers(connection, contact);
            }
        } catch (MysqlException e) {
            throw new Refusal(
                    REFUSED.contains(e.code()) ? Reason.REFUSED : Reason.NO_RIGHTS,
                    String.valueOf(e.getMessage()));
        } catch (IOException | MysqlViolation e) {
            throw new Refusal(Reason.SILENT, String.valueOf(e.getMessage()));
        } catch (DatabaseException e) {
            throw new Refusal(Reason.ANOTHER, e.sentence());
        }
    }

    /** By its node's address, as all other machines reach it; else by the loopback. */
    private Contact contact() throws IOException, MysqlException, DatabaseException {
        Endpoint first = new Endpoint(address, member.port());
        try {
            return new Contact(open(first), first, Optional.empty());
        } catch (IOException e) {
            Endpoint second = new Endpoint(LOOPBACK, member.port());
            if (!here || first.equals(second)) {
                throw e;
            }
            return new Contact(open(second), second, Optional.of(String.valueOf(e.getMessage())));
        }
    }

    private ServerConnection open(Endpoint endpoint)
            throws IOException, MysqlException, DatabaseException {
        String password = new MariaDbServer(database, member, address, clock).password();
        return new ServerConnection(
                endpoint,
                database.superuser().name(),
                password.getBytes(StandardCharsets.UTF_8),
                TIMEOUT_MILLIS);
    }

    private static MariaDbAnswers answers(ServerConnection connection, Contact contact)
            throws IOException, MysqlException {
        Map<String, String> variables = pairs(connection, VARIABLES);
        boolean full = waitsForRoom(connection);
        return new MariaDbAnswers(
                variables.getOrDefault("version", ""),
                contact.endpoint(),
                contact.problem(),
                variables,
                pairs(connection, STATUS),
                full ? List.of() : sources(connection),
                full ? Optional.of(ReplicationTrouble.waitsForRoom()) : Optional.empty(),
                connection.table(ACCOUNTS).stream().map(MariaDbInspection::account).toList(),
                tables(connection),
                connection.table(EVENTS).stream()
                        .map(row -> new Event(text(row, "name"), text(row, "status")))
                        .toList(),
                connection.table("XA RECOVER").stream().map(row -> text(row, "data")).toList());
    }

    /** Whether its replication stands still because a disk is full. */
    static boolean waitsForRoom(ServerConnection connection) throws IOException, MysqlException {
        return !connection
                .ask(
                        "SELECT id FROM information_schema.processlist WHERE command LIKE 'Slave%'"
                                + " AND state = '"
                                + ReplicationTrouble.WAITS_FOR_ROOM
                                + "'")
                .isEmpty();
    }

    /** Whom a server follows. */
    static List<ReplicationSource> sources(ServerConnection connection)
            throws IOException, MysqlException {
        return connection.table("SHOW ALL SLAVES STATUS").stream()
                .filter(row -> !text(row, "Master_Host").isEmpty())
                .map(ReplicationSource::of)
                .toList();
    }

    private static Map<String, String> pairs(ServerConnection connection, String sql)
            throws IOException, MysqlException {
        Map<String, String> pairs = new HashMap<>();
        connection.ask(sql).forEach(row -> pairs.put(row.getFirst(), row.getLast()));
        return pairs;
    }

    private static Account account(Map<String, String> row) {
        String method = text(row, "method");
        boolean socket = text(row, "socket").equals("1");
        boolean known = method.isEmpty() || method.startsWith("mysql_");
        return new Account(
                text(row, "user"),
                text(row, "host"),
                method,
                text(row, "password").equals("1") || socket || !known,
                socket,
                text(row, "locked").matches("(?i)true|1"),
                Arrays.stream(text(row, "privileges").split(",", -1))
                        .map(each -> each.toUpperCase(Locale.ROOT))
                        .collect(Collectors.toUnmodifiableSet()));
    }

    private static List<Table> tables(ServerConnection connection)
            throws IOException, MysqlException {
        List<Table> tables =
                new ArrayList<>(
                        connection.table(OTHER_ENGINES).stream()
                                .map(
                                        row ->
                                                new Table(
                                                        text(row, "name"),
                                                        text(row, "engine"),
                                                        false))
                                .toList());
        connection
                .table(KEYLESS)
                .forEach(row -> tables.add(new Table(text(row, "name"), "InnoDB", true)));
        return tables;
    }

    private static String text(Map<String, String> row, String column) {
        return row.getOrDefault(column, "");
    }
}
