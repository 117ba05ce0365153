package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.SqlState;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What an operator can do to a listener by its console, as at a PgBouncer. A name is that by which
 * clients ask for a database; none is all of them. Thread-safe.
 */
final class ConsoleOrders {
    private final Entrance listener;

    ConsoleOrders(Entrance listener) {
        this.listener = listener;
    }

    void pause(Optional<String> database) {
        listener.change(gates -> database.map(gates::withPaused).orElseGet(gates::withAllPaused));
    }

    /** False: it was not paused. */
    boolean resume(Optional<String> database) {
        Gates before = listener.gates();
        boolean paused =
                database.map(name -> before.paused().contains(name))
                        .orElseGet(() -> !before.letAllBegin());
        if (paused) {
            listener.change(
                    gates -> database.map(gates::withResumed).orElseGet(gates::withNonePaused));
        }
        return paused;
    }

    void disable(String database) {
        listener.change(gates -> gates.withDisabled(database));
    }

    void enable(String database) {
        listener.change(gates -> gates.withEnabled(database));
    }

    /** Ends the clients of it, and lets nobody begin anything there until RESUME. */
    void kill(Optional<String> database) {
        pause(database);
        ErrorFields error =
                ErrorFields.fatal(
                        SqlState.ADMIN_SHUTDOWN,
                        "terminating connection because of KILL on the console");
        Predicate<PoolKey.Login> which = of(database);
        listener.loops()
                .all()
                .forEach(
                        loop ->
                                loop.execute(
                                        () ->
                                                listener.clientsOn(loop).stream()
                                                        .filter(client -> client.isOf(which))
                                                        .forEach(client -> client.fail(error))));
        closeIdleServers(database);
    }

    /** Server connections that are there now are closed when their transaction ends. */
    void reconnect(Optional<String> database) {
        pools().forEach(pool -> pool.reconnect(of(database)));
        closeIdleServers(database);
    }

    void closeIdleServers(Optional<String> database) {
        for (EventLoop loop : listener.loops().all()) {
            loop.execute(() -> pools().forEach(pool -> pool.closeIdle(loop, of(database))));
        }
    }

    private Stream<ServerPool> pools() {
        return listener.contexts().stream().flatMap(each -> each.pool().stream());
    }

    private static Predicate<PoolKey.Login> of(Optional<String> database) {
        return login -> database.isEmpty() || database.get().equals(login.database());
    }
}
