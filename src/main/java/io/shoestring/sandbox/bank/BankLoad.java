package io.shoestring.sandbox.bank;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.bank.Bank.Answer;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The bank's applications at work, through the real driver, at a steady rate that leaves a small
 * machine room to breathe. Each client runs on a virtual thread of its own.
 */
public final class BankLoad implements AutoCloseable {
    /** A request may be held for 30 s, and its look-up too. */
    private static final long STOP_SECONDS_MAX = 70;

    private final Connector connector;
    private final Clock clock;
    private final long beganAtNanos;
    private final Ledger ledger = new Ledger();
    private final Timeline timeline = new Timeline();
    private final Writers writers = new Writers();
    private volatile boolean replicaIsThere = true;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<Thread> clients = new ArrayList<>();

    /** How an application connects. */
    @FunctionalInterface
    public interface Connector {
        /** Opens a connection as the application {@code name}. */
        Connection connect(String name) throws SQLException;
    }

    /**
     * Where the bank is.
     *
     * @param url of the JDBC driver
     */
    public record Target(String url, String user, String password) {
        /** Opens a connection as the application {@code name}. */
        public Connection connect(String name) throws SQLException {
            Properties properties = new Properties();
            properties.setProperty("user", user);
            properties.setProperty("password", password);
            properties.setProperty("ApplicationName", name);
            properties.setProperty("connectTimeout", "10");
            properties.setProperty("socketTimeout", "60");
            properties.setProperty("tcpKeepAlive", "true");
            return DriverManager.getConnection(url, properties);
        }
    }

    private BankLoad(Connector connector, Clock clock) {
        this.connector = connector;
        this.clock = clock;
        this.beganAtNanos = clock.nanos();
    }

    /** Starts the clients; the tables must be there. */
    public static BankLoad start(
            Connector connector, int clients, int transfersPerSecond, Clock clock) {
        BankLoad load = new BankLoad(connector, clock);
        long periodNanos = TimeUnit.SECONDS.toNanos(clients) / transfersPerSecond;
        for (int number = 1; number <= clients; number++) {
            load.begin(String.format("client-%02d", number), number, false, periodNanos);
        }
        return load;
    }

    /** Adds clients who make a new connection for every round, as a script does. */
    public void addVisitors(int count, long periodNanos) {
        for (int number = 1; number <= count; number++) {
            begin(String.format("visitor-%02d", number), -number, true, periodNanos);
        }
    }

    private void begin(String name, int seed, boolean visits, long periodNanos) {
        BankClient client = new BankClient(this, name, seed, visits, periodNanos, clock);
        clients.add(Thread.ofVirtual().name("bank-" + name).start(client));
    }

    /** Nanoseconds since the load began. */
    public long nowNanos() {
        return clock.nanos() - beganAtNanos;
    }

    public Ledger ledger() {
        return ledger;
    }

    public Timeline timeline() {
        return timeline;
    }

    /** A commit was acknowledged. */
    void acknowledged(String transfer) {
        timeline.wrote(nowNanos());
        ledger.acknowledged(transfer);
    }

    /** After a commit that was begun at that instant, {@code server} was the primary. */
    void wrote(String server, long begunNanos) {
        writers.acknowledged(server, begunNanos, nowNanos());
    }

    /** Whether there is a replica that could answer: other reads count for nothing. */
    public void replicaIsThere(boolean there) {
        replicaIsThere = there;
    }

    void read(Answer answer) {
        timeline.read(replicaIsThere, !answer.server().equals(writers.newest()));
    }

    Connection connect(String name) throws SQLException {
        return connector.connect(name);
    }

    /** Who acknowledged. */
    public Writers writers() {
        return writers;
    }

    /** Waits that long, less if the load is stopped meanwhile; returns whether it is. */
    boolean stoppedWithin(long nanos) {
        try {
            return stopped.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Lets every client end its round, and waits for them. */
    @Override
    public void close() {
        stopped.countDown();
        long deadline = clock.nanos() + TimeUnit.SECONDS.toNanos(STOP_SECONDS_MAX);
        try {
            for (Thread client : clients) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - clock.nanos());
                client.join(Math.max(1, left));
                if (client.isAlive()) {
                    ledger.error("a client did not end within " + STOP_SECONDS_MAX + " s");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
