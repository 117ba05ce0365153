package io.shoestring.sandbox.bank;

import io.shoestring.base.Clock;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Reads the books from the members themselves, past Shoestring, when the load has ended. */
public final class Audit {
    private static final long CATCH_UP_SECONDS_MAX = 20;
    private static final long POLL_MILLIS = 50;
    private static final String DATABASE = "app";

    /** The way to the members themselves. */
    @FunctionalInterface
    public interface Members {
        /** Opens a connection to a member's database. */
        Connection connect(String member, String database) throws SQLException;

        /**
         * Whether {@code primary} says that it feeds {@code replica}, and {@code replica} that it
         * takes it and serves readers. The primary alone does not prove it: a base backup for the
         * replica looks the same to it.
         *
         * @throws SQLException if one of them does not answer
         */
        default boolean isStreaming(String primary, String replica) throws SQLException {
            try (Connection feeding = connect(primary, maintenance());
                    Connection fed = connect(replica, maintenance())) {
                return Dialect.of(feeding).isStreaming(feeding, fed, replica);
            }
        }

        /** A database that every member has, also an empty one. */
        default String maintenance() {
            return Dialect.POSTGRESQL.maintenance();
        }
    }

    private final Members access;
    private final Clock clock;

    public Audit(Members access, Clock clock) {
        this.access = access;
        this.clock = clock;
    }

    /**
     * What the members have.
     *
     * @param books of the primary
     * @param copiesEqual whether every other member has the same
     */
    public record Result(Books books, boolean copiesEqual) {
        public boolean balancesOk() {
            return copiesEqual && books.balance(Bank.ACCOUNTS, Bank.OPENING_BALANCE);
        }
    }

    /**
     * Reads them all, each replica when it has caught up.
     *
     * @throws SQLException if the primary cannot be read
     */
    public Result read(String primary, Collection<String> members, Consumer<String> diary)
            throws SQLException, InterruptedException {
        Books books;
        String end;
        try (Connection connection = access.connect(primary, DATABASE)) {
            books = Bank.books(connection);
            end = Dialect.of(connection).endOfLog(connection);
        }
        boolean equal = true;
        for (String member : members) {
            equal &= member.equals(primary) || hasTheSame(member, books, end, diary);
        }
        return new Result(books, equal);
    }

    private boolean hasTheSame(String member, Books books, String end, Consumer<String> diary)
            throws InterruptedException {
        try (Connection connection = access.connect(member, DATABASE)) {
            if (!catchesUp(connection, end)) {
                diary.accept(member + " did not catch up with the primary");
                return false;
            }
            boolean same = Bank.books(connection).equals(books);
            if (!same) {
                diary.accept(member + " has other rows than the primary");
            }
            return same;
        } catch (SQLException e) {
            diary.accept(member + " cannot be compared with the primary: " + e.getMessage());
            return false;
        }
    }

    private boolean catchesUp(Connection connection, String end)
            throws SQLException, InterruptedException {
        Dialect dialect = Dialect.of(connection);
        long deadline = clock.nanos() + TimeUnit.SECONDS.toNanos(CATCH_UP_SECONDS_MAX);
        while (!dialect.hasAll(connection, end)) {
            if (clock.nanos() - deadline > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return true;
    }
}
