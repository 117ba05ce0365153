package io.shoestring.proxy.mysql;

import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorCode;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.SqlState;
import io.shoestring.proxy.mysql.statement.StatementKind;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * KILL of a connection by our number of it: it is sent, in the killer's name, to the server that
 * works for that connection, on a connection of its own. Other numbers are the primary's, and go
 * there like any statement.
 */
final class Kill {
    private static final Pattern STATEMENT =
            Pattern.compile(
                    "\\s*KILL\\s+(?:HARD\\s+|SOFT\\s+)?(?:(CONNECTION|QUERY)\\s+)?(\\d{1,10})\\s*;?\\s*",
                    Pattern.CASE_INSENSITIVE);

    private final MysqlContext context;
    private final ClientConnection killer;
    private final ClientIdentity identity;
    private boolean queryOnly;

    Kill(MysqlContext context, ClientConnection killer, ClientIdentity identity) {
        this.context = context;
        this.killer = killer;
        this.identity = identity;
    }

    /** Whether the command ends a connection that has its number from us. */
    boolean isOurs(Request request) {
        boolean kills =
                request.kind() == StatementKind.KILL || request.command() == Command.PROCESS_KILL;
        return kills && context.client(target(request)).isPresent();
    }

    /** The number in the command; 0: none. */
    int target(Request request) {
        int length = Packet.length(request.bytes(), request.bytes().readerIndex()) - 1;
        if (request.command() == Command.PROCESS_KILL) {
            queryOnly = false;
            return length < 4 ? 0 : request.bytes().getIntLE(request.bodyIndex());
        }
        String sql = request.bytes().toString(request.bodyIndex(), length, StandardCharsets.UTF_8);
        Matcher matcher = STATEMENT.matcher(sql);
        if (!matcher.matches()) {
            return 0;
        }
        queryOnly = "query".equalsIgnoreCase(matcher.group(1));
        long number = Long.parseLong(matcher.group(2));
        return number > Integer.MAX_VALUE ? 0 : (int) number;
    }

    /** Whether only what runs is ended, and not the connection. */
    boolean isQueryOnly() {
        return queryOnly;
    }

    /**
     * Sends it.
     *
     * @param done is told on the killer's loop; empty: the server has done it
     */
    void send(int target, boolean onlyQuery, Consumer<Optional<ErrorPacket>> done) {
        Optional<ClientConnection> victim = context.client(target);
        if (victim.isEmpty()) {
            done.accept(Optional.of(nobody(target)));
            return;
        }
        ClientConnection found = victim.get();
        Consumer<Optional<ErrorPacket>> ends =
                error -> {
                    if (error.isEmpty() && !onlyQuery) {
                        end(found);
                    }
                    done.accept(error);
                };
        found.loop()
                .execute(
                        () -> {
                            Optional<ServerLink> link =
                                    Optional.ofNullable(found.session()).flatMap(Session::killable);
                            boolean ours = isOfSameUser(found);
                            killer.loop()
                                    .execute(
                                            () ->
                                                    link.ifPresentOrElse(
                                                            it -> open(it, onlyQuery, ends),
                                                            () ->
                                                                    ends.accept(
                                                                            withoutServer(
                                                                                    target,
                                                                                    onlyQuery,
                                                                                    ours))));
                        });
    }

    private static void end(ClientConnection victim) {
        victim.loop()
                .execute(() -> Optional.ofNullable(victim.session()).ifPresent(Session::killed));
    }

    private boolean isOfSameUser(ClientConnection other) {
        return Optional.ofNullable(other.session())
                .filter(it -> it.identity().user().equals(identity.user()))
                .isPresent();
    }

    /** Nothing runs, and there is no server that could say who may do that: the owner may. */
    private static Optional<ErrorPacket> withoutServer(
            int target, boolean onlyQuery, boolean ours) {
        return onlyQuery || ours
                ? Optional.empty()
                : Optional.of(
                        new ErrorPacket(
                                ErrorCode.NOT_OWNER,
                                SqlState.GENERAL,
                                "You are not owner of thread " + target));
    }

    private static ErrorPacket nobody(int target) {
        return new ErrorPacket(
                ErrorCode.NO_SUCH_THREAD, SqlState.GENERAL, "Unknown thread id: " + target);
    }

    private void open(ServerLink victim, boolean onlyQuery, Consumer<Optional<ErrorPacket>> done) {
        String sql = (onlyQuery ? "KILL QUERY " : "KILL ") + victim.connectionId();
        PoolKey key = new PoolKey(victim.member(), victim.epoch(), identity.forPool(), false);
        ServerLink link =
                new ServerLink(new Messenger(sql, done), key, new ServerLogin(identity, ""));
        context.connect(killer.loop(), victim.member(), link);
    }

    /** Says one thing on a connection of its own. */
    private final class Messenger extends IdleOwner {
        private final String sql;
        private final Consumer<Optional<ErrorPacket>> done;

        Messenger(String sql, Consumer<Optional<ErrorPacket>> done) {
            super(context);
            this.sql = sql;
            this.done = done;
        }

        @Override
        public void ready(ServerLink link, OkPacket ok) {
            link.send(
                    Exchange.ours(
                            Command.Answer.RESULT,
                            did -> {
                                link.end();
                                done.accept(did.error());
                            }),
                    SessionState.query(killer.allocator(), sql));
        }

        @Override
        public void refused(ServerLink link, ErrorPacket error) {
            done.accept(Optional.of(error));
        }

        @Override
        public void unreachable(ServerLink link, String why) {
            done.accept(Optional.of(new ErrorPacket(ErrorCode.UNKNOWN, SqlState.GENERAL, why)));
        }

        @Override
        public void lost(ServerLink link, String why) {
            unreachable(link, why);
        }
    }
}
