package io.shoestring.sandbox.bank;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** How the bank is said in the SQL of an engine, and what only that engine answers so. */
enum Dialect {
    POSTGRESQL(
            "host(inet_server_addr()) || ':' || inet_server_port()",
            "/* shoestring: primary */ select %s",
            "bigint",
            // Room on each page keeps the updates of a balance off the index.
            "create table account (id integer primary key, balance bigint not null)"
                    + " with (fillfactor = 50)",
            "generate_series(1, %d) as id",
            "id",
            "postgres") {
        @Override
        boolean isStreaming(Connection primary, Connection replica, String member)
                throws SQLException {
            return truth(
                            primary,
                            "select exists (select from pg_stat_replication where application_name"
                                    + " = '"
                                    + member
                                    + "' and state = 'streaming')")
                    && truth(
                            replica,
                            "select pg_is_in_recovery() and exists"
                                    + " (select from pg_stat_wal_receiver"
                                    + " where status = 'streaming')");
        }

        @Override
        String endOfLog(Connection primary) throws SQLException {
            return text(primary, "select pg_current_wal_lsn()::text");
        }

        @Override
        boolean hasAll(Connection replica, String end) throws SQLException {
            return truth(replica, "select pg_last_wal_replay_lsn() >= '" + end + "'::pg_lsn");
        }
    },

    /** The servers are told by their settings what address they have. */
    MARIADB(
            "concat(@@report_host, ':', @@port)",
            // No replica is asked for the number of a connection.
            "select %s, connection_id()",
            "signed",
            "create table account (id integer primary key, balance bigint not null)",
            "seq_1_to_%d",
            "seq",
            "mysql") {
        @Override
        boolean isStreaming(Connection primary, Connection replica, String member)
                throws SQLException {
            return truth(
                            primary,
                            "select count(*) = 1 from information_schema.processlist where user ="
                                    + " 'shoestring-"
                                    + member
                                    + "' and command like 'Binlog Dump%'")
                    && truth(
                            replica,
                            "select @@global.read_only and count(*) = 2 from"
                                    + " information_schema.processlist where command in"
                                    + " ('Slave_IO', 'Slave_SQL')");
        }

        @Override
        String endOfLog(Connection primary) throws SQLException {
            return text(primary, "select @@global.gtid_binlog_pos");
        }

        @Override
        boolean hasAll(Connection replica, String end) throws SQLException {
            return truth(replica, "select master_gtid_wait('" + end + "', 0) = 0");
        }
    };

    private final String server;
    private final String primary;
    private final String bigNumber;
    private final String accounts;
    private final String numbers;
    private final String number;
    private final String maintenance;

    Dialect(
            String server,
            String primary,
            String bigNumber,
            String accounts,
            String numbers,
            String number,
            String maintenance) {
        this.server = server;
        this.primary = primary.formatted(server);
        this.bigNumber = bigNumber;
        this.accounts = accounts;
        this.numbers = numbers;
        this.number = number;
        this.maintenance = maintenance;
    }

    /** That of the server at the other end. */
    static Dialect of(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")
                ? POSTGRESQL
                : MARIADB;
    }

    /** An expression: the address of the server that answers, as {@code Endpoint} writes it. */
    String server() {
        return server;
    }

    /** A query for the address of the server that takes writes. */
    String primary() {
        return primary;
    }

    /** A whole number of 64 bits, of what a sum gives. */
    String whole(String expression) {
        return "cast(" + expression + " as " + bigNumber + ")";
    }

    /** What makes the tables, and fills the accounts. */
    List<String> opening(int accountsThere, long balance) {
        return List.of(
                accounts,
                "insert into account select "
                        + number
                        + ", "
                        + balance
                        + " from "
                        + numbers.formatted(accountsThere),
                "create table transfer (id varchar(64) not null, debit integer not null,"
                        + " credit integer not null, amount bigint not null)",
                "create index transfer_id on transfer (id)");
    }

    /** A database that every server has. */
    String maintenance() {
        return maintenance;
    }

    /**
     * Whether {@code primary} says that it feeds {@code member}, and that one that it takes it and
     * serves readers. The primary alone does not prove it: a copy that is being made for it may
     * look the same.
     */
    abstract boolean isStreaming(Connection primary, Connection replica, String member)
            throws SQLException;

    /** Where the primary's log ends now. */
    abstract String endOfLog(Connection primary) throws SQLException;

    /** Whether readers of the replica see everything up to there. */
    abstract boolean hasAll(Connection replica, String end) throws SQLException;

    private static boolean truth(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    private static String text(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }
}
