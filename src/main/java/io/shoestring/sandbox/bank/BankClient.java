package io.shoestring.sandbox.bank;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.bank.Bank.Answer;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * One of the bank's applications: one connection, a transfer, then three reads at the pace of a
 * person who looks at one page after the other, and again. It behaves as a careful application
 * does: a transfer whose outcome it is not told is looked up before it goes on, and no transfer is
 * ever sent a second time. Runs in one thread.
 */
final class BankClient implements Runnable {
    private static final long RECONNECT_PAUSE_MILLIS = 200;
    private static final int READS_PER_TOTAL = 20;
    private static final int PAGES_PER_PERIOD = 5;

    private final BankLoad load;
    private final String name;
    private final SplittableRandom random;
    private final boolean visits;
    private final long periodNanos;
    private final Clock clock;
    private Optional<Connection> connection = Optional.empty();
    private Optional<String> inDoubt = Optional.empty();
    private int transfers;

    /**
     * @param visits whether it makes a new connection for every round
     */
    BankClient(
            BankLoad load, String name, int seed, boolean visits, long periodNanos, Clock clock) {
        this.load = load;
        this.name = name;
        this.visits = visits;
        this.random = new SplittableRandom(seed);
        this.periodNanos = periodNanos;
        this.clock = clock;
    }

    @Override
    public void run() {
        try {
            long next = clock.nanos() + random.nextLong(periodNanos);
            while (!load.stoppedWithin(next - clock.nanos())) {
                round();
                // What an outage held up is not made up for: a burst would hide the gap.
                next = Math.max(next + periodNanos, clock.nanos());
            }
        } catch (RuntimeException e) {
            load.ledger().error("the client itself failed: " + e);
        } finally {
            disconnect();
        }
    }

    private void round() {
        try {
            Connection open = connected();
            settleDoubt(open);
            String transfer = name + "-" + ++transfers;
            transfer(open, transfer);
            reads(open, transfer);
        } catch (SQLException e) {
            load.ledger().error(describe(e));
            recover();
        }
        if (visits) {
            disconnect();
        }
    }

    private void transfer(Connection open, String id) throws SQLException {
        int debit = 1 + random.nextInt(Bank.ACCOUNTS);
        int credit = 1 + (debit + random.nextInt(Bank.ACCOUNTS - 1)) % Bank.ACCOUNTS;
        long begunNanos = load.nowNanos();
        open.setAutoCommit(false);
        Bank.transfer(open, id, debit, credit, 1 + random.nextInt(9));
        try {
            open.commit();
        } catch (SQLException e) {
            if (!isRolledBack(e)) {
                load.ledger().unknown(id);
                inDoubt = Optional.of(id);
            }
            throw e;
        }
        load.acknowledged(id);
        open.setAutoCommit(true);
        load.wrote(Bank.primary(open), begunNanos);
    }

    private void reads(Connection open, String transfer) throws SQLException {
        lookAtThePage();
        Answer own = Bank.count(open, transfer);
        load.read(own);
        if (own.value() == 0) {
            load.ledger().staleRead();
        }
        lookAtThePage();
        load.read(Bank.balance(open, 1 + random.nextInt(Bank.ACCOUNTS)));
        lookAtThePage();
        if (random.nextInt(READS_PER_TOTAL) != 0) {
            load.read(Bank.balance(open, 1 + random.nextInt(Bank.ACCOUNTS)));
            return;
        }
        Answer total = Bank.total(open);
        load.read(total);
        if (total.value() != Bank.TOTAL) {
            load.ledger().unbalancedRead();
        }
    }

    private void lookAtThePage() {
        load.stoppedWithin(periodNanos / PAGES_PER_PERIOD);
    }

    /** In a transaction, so that the primary answers: a replica may not have it yet. */
    private void settleDoubt(Connection open) throws SQLException {
        if (inDoubt.isEmpty()) {
            return;
        }
        String id = inDoubt.orElseThrow();
        open.setAutoCommit(false);
        boolean committed = Bank.count(open, id).value() > 0;
        open.commit();
        open.setAutoCommit(true);
        load.ledger().lookedUp(id, committed);
        inDoubt = Optional.empty();
    }

    /** Whether an error in answer to a commit proves that nothing was committed. */
    static boolean isRolledBack(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        boolean provesIt =
                state.startsWith("40") || state.startsWith("25") || state.startsWith("23");
        // 40003: statement completion unknown.
        return provesIt && !state.equals("40003");
    }

    private Connection connected() throws SQLException {
        if (connection.isEmpty()) {
            connection = Optional.of(load.connect(name));
        }
        return connection.orElseThrow();
    }

    /** The connection is kept if it still works: that is what Shoestring promises. */
    private void recover() {
        if (connection.isEmpty()) {
            load.stoppedWithin(TimeUnit.MILLISECONDS.toNanos(RECONNECT_PAUSE_MILLIS));
            return;
        }
        try {
            Connection open = connection.orElseThrow();
            open.rollback();
            open.setAutoCommit(true);
            // MariaDB's driver says nothing of a closed connection when there is nothing to undo.
            if (open.isClosed()) {
                throw new SQLException("the connection is closed");
            }
        } catch (SQLException e) {
            load.ledger().connectionLost();
            disconnect();
        }
    }

    private void disconnect() {
        try {
            if (connection.isPresent()) {
                connection.orElseThrow().close();
            }
        } catch (SQLException e) {
            load.ledger().error(describe(e));
        } finally {
            connection = Optional.empty();
        }
    }

    private static String describe(SQLException e) {
        return e.getSQLState()
                + " "
                + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
