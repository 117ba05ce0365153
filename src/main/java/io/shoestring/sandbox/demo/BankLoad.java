package io.shoestring.sandbox.demo;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.demo.Bank.Answer;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The bank's applications at work, through the real driver, at a steady rate that leaves a small
 * machine room to breathe. Each client runs on a virtual thread of its own.
 */
final class BankLoad implements AutoCloseable {
    /** A request may be held for 30 s, and its look-up too. */
    private static final long STOP_SECONDS_MAX = 70;

    private final Target target;
    private final Clock clock;
    private final long beganAtNanos;
    private final Ledger ledger = new Ledger();
    private final Timeline timeline = new Timeline();
    private final AtomicInteger primaryPort = new AtomicInteger();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<Thread> clients = new ArrayList<>();

    /**
     * Where the bank is.
     *
     * @param url of the JDBC driver
     */
    record Target(String url, String user, String password) {
        /** Opens a connection as the application {@code name}. */
        Connection connect(String name) throws SQLException {
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

    private BankLoad(Target target, Clock clock) {
        this.target = target;
        this.clock = clock;
        this.beganAtNanos = clock.nanos();
    }

    /** Starts the clients; the tables must be there. */
    static BankLoad start(Target target, int clients, int transfersPerSecond, Clock clock) {
        BankLoad load = new BankLoad(target, clock);
        long periodNanos = TimeUnit.SECONDS.toNanos(clients) / transfersPerSecond;
        for (int number = 1; number <= clients; number++) {
            Runnable client = new BankClient(load, number, periodNanos, clock);
            load.clients.add(Thread.ofVirtual().name("bank-" + number).start(client));
        }
        return load;
    }

    /** Nanoseconds since the load began. */
    long nowNanos() {
        return clock.nanos() - beganAtNanos;
    }

    Ledger ledger() {
        return ledger;
    }

    Timeline timeline() {
        return timeline;
    }

    /** A commit was acknowledged by the server at {@code port}, which so was the primary. */
    void acknowledged(String transfer, int port) {
        timeline.wrote(nowNanos());
        ledger.acknowledged(transfer);
        primaryPort.set(port);
    }

    void read(Answer answer) {
        timeline.read(answer.port() != primaryPort.get());
    }

    Connection connect(String name) throws SQLException {
        return target.connect(name);
    }

    /** The port of the server that acknowledged the last commit. */
    int primaryPort() {
        return primaryPort.get();
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
