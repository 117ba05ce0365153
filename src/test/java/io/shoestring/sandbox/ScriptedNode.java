package io.shoestring.sandbox;

import io.shoestring.base.Published.Subscription;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event;
import io.shoestring.model.MemberName;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Operations;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A crude failover of a pair by a script, behind a forwarder that holds new connections but cannot
 * carry old ones over: the least that the story needs, and a foil for the real thing.
 */
public final class ScriptedNode implements NodeRunner.RunningNode {
    private final PlainNode servers;
    private final ServerSocket listener;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<Consumer<Event>> subscribers = new CopyOnWriteArrayList<>();
    private volatile String primary = "a";
    private volatile boolean closed;

    public ScriptedNode(Path configFile) throws Exception {
        servers = new PlainNode(configFile);
        makeSynchronous("a", "b");
        listener = new ServerSocket(servers.configuredListener().port());
        Thread.ofVirtual().start(this::accept);
        Thread.ofVirtual().start(this::watch);
    }

    private void watch() {
        try {
            while (!closed) {
                TimeUnit.MILLISECONDS.sleep(50);
                changeOver();
            }
        } catch (Exception e) {
            tell("the script failed: " + e);
        }
    }

    private synchronized void changeOver() throws Exception {
        String dead = primary;
        if (closed || servers.isRunning(dead)) {
            return;
        }
        String next = dead.equals("a") ? "b" : "a";
        tell(dead + " is dead, promoting " + next);
        closeSockets();
        servers.promote(next);
        primary = next;
        servers.clear(dead);
        servers.clone(dead, next);
        servers.startServer(dead);
        makeSynchronous(next, dead);
    }

    private void makeSynchronous(String on, String standby) throws Exception {
        Endpoint endpoint = servers.endpoint(on);
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:postgresql://" + endpoint + "/postgres",
                                "postgres",
                                servers.superuserPassword());
                var statement = connection.createStatement()) {
            statement.execute("alter system set synchronous_standby_names = '" + standby + "'");
            statement.execute("select pg_reload_conf()");
        }
    }

    private void tell(String text) {
        Event event = new Event(1, Instant.EPOCH, Event.Severity.INFO, Optional.of("app"), 1, text);
        subscribers.forEach(subscriber -> subscriber.accept(event));
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> forward(client));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void forward(Socket client) {
        sockets.add(client);
        try (client;
                Socket server = connect()) {
            sockets.add(server);
            Thread back = Thread.ofVirtual().start(() -> pump(server, client));
            pump(client, server);
            back.join();
        } catch (IOException | InterruptedException _) {
            // The client sees its connection end.
        }
    }

    private Socket connect() throws IOException, InterruptedException {
        for (int tries = 0; ; tries++) {
            try {
                Endpoint endpoint = servers.endpoint(primary);
                return new Socket(endpoint.host(), endpoint.port());
            } catch (IOException e) {
                if (tries == 200 || closed) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    private static void pump(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException _) {
            // Both ends are closed above.
        }
    }

    private void closeSockets() throws IOException {
        for (Socket socket : new ArrayList<>(sockets)) {
            socket.close();
        }
        sockets.clear();
    }

    @Override
    public Operations operations() {
        return new Operations() {
            @Override
            public ClusterStatus status() {
                return servers.status(primary);
            }

            @Override
            public Reply switchover(DatabaseName name, Optional<MemberName> to) {
                Thread.ofVirtual().start(ScriptedNode.this::stopPrimary);
                return new Reply(true, "The script stops the primary.", "1");
            }

            @Override
            public Reply pause(DatabaseName name, boolean paused) {
                return new Reply(false, "The script cannot pause.", "");
            }

            @Override
            public Reply offline(DatabaseName database, MemberName member, boolean offline) {
                return new Reply(false, "nobody is taken offline here", "");
            }
        };
    }

    private void stopPrimary() {
        try {
            servers.stop(primary);
        } catch (Exception e) {
            tell("cannot stop " + primary + ": " + e);
        }
    }

    @Override
    public Events events() {
        return new Events() {
            @Override
            public Event add(
                    Event.Severity severity,
                    Optional<String> name,
                    long epoch,
                    String text,
                    Event.Part part) {
                return new Event(1, Instant.EPOCH, severity, name, epoch, text);
            }

            @Override
            public List<Event> since(long after, int limit) {
                return List.of();
            }

            @Override
            public Subscription subscribe(Consumer<Event> subscriber) {
                subscribers.add(subscriber);
                return () -> subscribers.remove(subscriber);
            }
        };
    }

    @Override
    public Endpoint listener() {
        return servers.configuredListener();
    }

    @Override
    public Endpoint admin() {
        return servers.admin();
    }

    @Override
    public void close() {
        closed = true;
        try {
            listener.close();
            closeSockets();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
