package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;
import io.shoestring.model.DatabaseName;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Who is connected to a listener, and to whom it is connected, asked loop by loop: each answers for
 * its own connections, at its own moment.
 */
record Census(List<ClientRow> clients, List<ServerRow> servers) {
    /**
     * A client that has logged in.
     *
     * @param place to which it is led
     * @param remote its address and port
     * @param local the address and port that it came to
     * @param waitedNanos how long its request has waited for a server connection or a primary
     * @param server the server connection that it has; 0: none
     * @param tls its encryption, in words; empty: none
     * @param prepared how many statements it has prepared
     * @param keeps why it keeps that between transactions
     */
    record ClientRow(
            PoolKey.Login login,
            Place place,
            String state,
            Socket remote,
            Socket local,
            long connectedNanos,
            long waitedNanos,
            long id,
            long server,
            String tls,
            String applicationName,
            int prepared,
            Optional<String> keeps) {
        boolean isWaiting() {
            return state.equals(WAITING);
        }
    }

    /**
     * A connection to a server.
     *
     * @param place where it leads
     * @param member to which
     * @param client who has it; 0: nobody
     * @param processId of the server's process for it
     * @param tls its encryption, in words; empty: none
     * @param prepared how many statements are prepared on it
     */
    record ServerRow(
            PoolKey.Login login,
            Place place,
            String state,
            String member,
            Socket remote,
            Socket local,
            long connectedNanos,
            long id,
            long client,
            int processId,
            String tls,
            String applicationName,
            int prepared) {}

    /**
     * A database of a server.
     *
     * @param cluster the database of ours whose members have it
     * @param name as the servers call it
     */
    record Place(DatabaseName cluster, String name) {}

    /** One end of a connection. */
    record Socket(String address, int port) {}

    static final String ACTIVE = "active";
    static final String IDLE = "idle";
    static final String WAITING = "waiting";
    static final String LOGIN = "login";

    /** Asks all loops; whoever has to do with the answer does so on a loop of its own. */
    static CompletableFuture<Census> of(Entrance listener) {
        List<CompletableFuture<Census>> parts = new ArrayList<>();
        for (EventLoop loop : listener.loops().all()) {
            parts.add(CompletableFuture.supplyAsync(() -> part(listener, loop), loop));
        }
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenApply(all -> joined(parts));
    }

    private static Census part(Entrance listener, EventLoop loop) {
        Census census = new Census(new ArrayList<>(), new ArrayList<>());
        listener.clientsOn(loop)
                .forEach(
                        client -> client.session().ifPresent(session -> session.countedIn(census)));
        listener.contexts().forEach(each -> each.countedIn(census, loop));
        return census;
    }

    private static Census joined(List<CompletableFuture<Census>> parts) {
        Census all = new Census(new ArrayList<>(), new ArrayList<>());
        for (CompletableFuture<Census> part : parts) {
            all.clients.addAll(part.join().clients);
            all.servers.addAll(part.join().servers);
        }
        return all;
    }
}
