package io.shoestring.proxy.http;

import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Server connections of one loop that wait for their next request. The one that was used last is
 * taken first, so that those that are too many grow old. Only on that loop.
 */
final class IdleServers {
    /** For each server. */
    static final int IDLE_MAX = 128;

    /**
     * A request that cannot be sent twice takes a connection only if it was in use so lately that
     * no server can have given it up as idle.
     */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<Server, Deque<ServerConnection>> idle = new HashMap<>();

    /**
     * A connection, or null.
     *
     * @param mayFail whether the request can be sent again when the server has just closed it
     */
    @Nullable ServerConnection take(Server server, boolean mayFail, long now) {
        Deque<ServerConnection> connections = idle.get(server);
        if (connections == null) {
            return null;
        }
        ServerConnection latest = latest(connections);
        boolean usable = latest != null && (mayFail || now - latest.idleSinceNanos() < FRESH_NANOS);
        return usable ? connections.pollLast() : null;
    }

    /** What leads to where the server no longer is, is closed. */
    private static @Nullable ServerConnection latest(Deque<ServerConnection> connections) {
        ServerConnection latest = connections.peekLast();
        while (latest != null && !latest.isCurrent()) {
            connections.pollLast();
            latest.close();
            latest = connections.peekLast();
        }
        return latest;
    }

    void put(ServerConnection connection) {
        Deque<ServerConnection> connections =
                idle.computeIfAbsent(connection.server(), _ -> new ArrayDeque<>());
        if (connections.size() >= IDLE_MAX || !isWanted(connection)) {
            connection.close();
        } else {
            connections.addLast(connection);
        }
    }

    private static boolean isWanted(ServerConnection connection) {
        return connection.server().state().isWanted() && connection.isCurrent();
    }

    /** It is gone. */
    void remove(ServerConnection connection) {
        Deque<ServerConnection> connections = idle.get(connection.server());
        if (connections != null) {
            connections.remove(connection);
        }
    }

    /** Closes those that have been idle for too long, or whose server is to get nothing new. */
    void sweep(long now, long idleNanosMax) {
        List<ServerConnection> old = new ArrayList<>();
        for (Deque<ServerConnection> connections : idle.values()) {
            Iterator<ServerConnection> oldest = connections.iterator();
            while (oldest.hasNext()) {
                ServerConnection connection = oldest.next();
                boolean wanted = isWanted(connection);
                if (wanted && now - connection.idleSinceNanos() < idleNanosMax) {
                    break;
                }
                oldest.remove();
                old.add(connection);
            }
        }
        old.forEach(ServerConnection::close);
    }

    void closeAll() {
        List<ServerConnection> all = new ArrayList<>();
        idle.values().forEach(all::addAll);
        idle.clear();
        all.forEach(ServerConnection::close);
    }
}
