package io.shoestring.proxy.mysql;

import io.netty.channel.EventLoop;
import io.shoestring.model.MemberSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Who is connected to a listener, and which server connections there are, asked loop by loop: each
 * answers for its own connections, at its own moment.
 *
 * @param idle server connections that no client has
 */
record Census(List<ClientRow> clients, List<ServerRow> idle) {
    /**
     * A client that has logged in.
     *
     * @param id its number, ours
     * @param address of the client, for people
     * @param port of the client
     * @param state in a word
     * @param sinceNanos when its newest command came
     * @param keeps why it keeps its server connection between transactions
     */
    record ClientRow(
            int id,
            String user,
            String schema,
            String address,
            int port,
            String state,
            long sinceNanos,
            boolean inTransaction,
            Optional<String> keeps,
            Optional<ServerRow> primary,
            Optional<ServerRow> replica) {}

    /**
     * A connection to a server.
     *
     * @param id the server's number of it
     */
    record ServerRow(String user, MemberSpec member, int id) {
        static Optional<ServerRow> of(@Nullable ServerLink link) {
            return Optional.ofNullable(link)
                    .filter(ServerLink::isReady)
                    .map(
                            it ->
                                    new ServerRow(
                                            it.key().identity().user(),
                                            it.member(),
                                            it.connectionId()));
        }
    }

    private static Census empty() {
        return new Census(new ArrayList<>(), new ArrayList<>());
    }

    /** Asks all loops; whoever has to do with the answer does so on a loop of its own. */
    static CompletableFuture<Census> of(MysqlContext listener) {
        List<CompletableFuture<Census>> parts = new ArrayList<>();
        for (EventLoop loop : listener.allLoops()) {
            parts.add(CompletableFuture.supplyAsync(() -> part(listener, loop), loop));
        }
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenApply(_ -> joined(parts));
    }

    private static Census part(MysqlContext listener, EventLoop loop) {
        Census census = empty();
        for (ClientConnection client : listener.clientsOf(loop)) {
            Session session = client.session();
            if (session != null) {
                census.clients.add(session.row());
            }
        }
        listener.pool().stream()
                .flatMap(pool -> pool.idleOn(loop).stream())
                .flatMap(link -> ServerRow.of(link).stream())
                .forEach(census.idle::add);
        return census;
    }

    private static Census joined(List<CompletableFuture<Census>> parts) {
        Census all = empty();
        for (CompletableFuture<Census> part : parts) {
            all.clients.addAll(part.join().clients);
            all.idle.addAll(part.join().idle);
        }
        return all;
    }
}
