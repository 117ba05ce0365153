package io.shoestring.sandbox.bank;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** The bank's tables, and what stands in them. Stateless; methods block. */
public final class Bank {
    public static final int ACCOUNTS = 1_000;
    static final long OPENING_BALANCE = 1_000;
    static final long TOTAL = ACCOUNTS * OPENING_BALANCE;

    private Bank() {}

    /**
     * Makes the tables. The index over the ids is deliberately not unique: nothing but Shoestring's
     * own care prevents that a transfer runs twice, so that the count at the end would show it.
     */
    public static void open(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : Dialect.of(connection).opening(ACCOUNTS, OPENING_BALANCE)) {
                statement.execute(each);
            }
        }
    }

    /**
     * Moves money, in the transaction that is open. It asks for nothing that only one server would
     * answer so, because then the transaction could not go on at another.
     */
    static void transfer(Connection connection, String id, int debit, int credit, long amount)
            throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "insert into transfer (id, debit, credit, amount) values (?, ?, ?, ?)")) {
            insert.setString(1, id);
            insert.setInt(2, debit);
            insert.setInt(3, credit);
            insert.setLong(4, amount);
            insert.executeUpdate();
        }
        // Always the lower account first: two transfers cannot wait for each other in a circle.
        boolean debitFirst = debit < credit;
        change(connection, debitFirst ? debit : credit, debitFirst ? -amount : amount);
        change(connection, debitFirst ? credit : debit, debitFirst ? amount : -amount);
    }

    private static void change(Connection connection, int account, long amount)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        "update account set balance = balance + ? where id = ?")) {
            update.setLong(1, amount);
            update.setInt(2, account);
            update.executeUpdate();
        }
    }

    /**
     * What a read saw.
     *
     * @param value the number that was asked for
     * @param server that answered
     */
    record Answer(long value, String server) {}

    /** The address of the server that takes writes. */
    static String primary(Connection connection) throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement(Dialect.of(connection).primary());
                ResultSet result = select.executeQuery()) {
            result.next();
            return result.getString(1);
        }
    }

    /** How often a transfer is there. */
    static Answer count(Connection connection, String id) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(
                        "select count(*), "
                                + Dialect.of(connection).server()
                                + " from transfer where id = ?")) {
            select.setString(1, id);
            return answer(select);
        }
    }

    /** The balance of one account. */
    static Answer balance(Connection connection, int account) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(
                        "select balance, "
                                + Dialect.of(connection).server()
                                + " from account where id = ?")) {
            select.setInt(1, account);
            return answer(select);
        }
    }

    /** All the money. */
    static Answer total(Connection connection) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(
                        "select "
                                + Dialect.of(connection).whole("sum(balance)")
                                + ", "
                                + Dialect.of(connection).server()
                                + " from account")) {
            return answer(select);
        }
    }

    private static Answer answer(PreparedStatement select) throws SQLException {
        try (ResultSet result = select.executeQuery()) {
            return result.next()
                    ? new Answer(result.getLong(1), result.getString(2))
                    : new Answer(0, "");
        }
    }

    /** Everything, in one snapshot. */
    static Books books(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("set transaction isolation level repeatable read, read only");
            Map<String, Integer> transfers = new HashMap<>();
            Map<Integer, Long> balances = new HashMap<>();
            Map<Integer, Long> turnover = new HashMap<>();
            try (ResultSet rows =
                    statement.executeQuery("select id, count(*) from transfer group by id")) {
                while (rows.next()) {
                    transfers.put(rows.getString(1), rows.getInt(2));
                }
            }
            try (ResultSet rows = statement.executeQuery("select id, balance from account")) {
                while (rows.next()) {
                    balances.put(rows.getInt(1), rows.getLong(2));
                }
            }
            try (ResultSet rows =
                    statement.executeQuery(
                            "select account, "
                                    + Dialect.of(connection).whole("sum(amount)")
                                    + " from"
                                    + " (select debit as account, -amount as amount from transfer"
                                    + " union all select credit, amount from transfer) as part"
                                    + " group by account")) {
                while (rows.next()) {
                    turnover.put(rows.getInt(1), rows.getLong(2));
                }
            }
            return new Books(transfers, balances, turnover);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }
}
