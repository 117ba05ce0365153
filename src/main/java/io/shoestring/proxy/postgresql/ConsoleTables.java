package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.base.WallClock;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberSpec;
import io.shoestring.protocol.postgresql.BackendMessages;

import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What the console shows, in the columns of PgBouncer 1.18 as far as there is something to say in
 * them; columns of our own are at the end.
 */
final class ConsoleTables {
    static final List<String> NAMES =
            List.of(
                    "clients",
                    "config",
                    "databases",
                    "lists",
                    "pools",
                    "servers",
                    "stats",
                    "version");

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private final ListenerContext listener;
    private final WallClock wallClock;

    /** Of one user in one database. */
    private static final class Pool {
        final List<Census.ClientRow> clients = new ArrayList<>();
        final List<Census.ServerRow> servers = new ArrayList<>();

        long clients(boolean waiting) {
            return clients.stream().filter(client -> client.isWaiting() == waiting).count();
        }

        long servers(String state) {
            return servers.stream().filter(server -> server.state().equals(state)).count();
        }

        long waitedNanos() {
            return clients.stream().mapToLong(Census.ClientRow::waitedNanos).max().orElse(0);
        }
    }

    ConsoleTables(ListenerContext listener, WallClock wallClock) {
        this.listener = listener;
        this.wallClock = wallClock;
    }

    /** The rows of one of {@link #NAMES}, and what they are. */
    ByteBuf show(String name, Census census, ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(1_024);
        switch (name) {
            case "clients" -> clients(out, census);
            case "config" -> config(out);
            case "databases" -> databases(out, census);
            case "lists" -> lists(out, census);
            case "pools" -> pools(out, census);
            case "servers" -> servers(out, census);
            case "stats" -> stats(out);
            case "version" -> version(out);
            default -> throw new IllegalArgumentException("nothing is called " + name);
        }
        return out;
    }

    private static void columns(ByteBuf out, String names) {
        BackendMessages.rowDescription(out, List.of(names.split(",")));
    }

    private static void row(ByteBuf out, Object... values) {
        BackendMessages.dataRow(
                out, Stream.of(values).map(value -> Optional.of(value.toString())).toList());
    }

    private void version(ByteBuf out) {
        columns(out, "version");
        String version = ConsoleTables.class.getPackage().getImplementationVersion();
        row(out, "Shoestring " + (version == null ? "development" : version));
    }

    private void pools(ByteBuf out, Census census) {
        columns(
                out,
                "database,user,cl_active,cl_waiting,sv_active,sv_idle,sv_login,maxwait,maxwait_us,"
                        + "pool_mode");
        pools(census)
                .forEach(
                        (login, pool) ->
                                row(
                                        out,
                                        login.database(),
                                        login.user(),
                                        pool.clients(false),
                                        pool.clients(true),
                                        pool.servers(Census.ACTIVE),
                                        pool.servers(Census.IDLE),
                                        pool.servers(Census.LOGIN),
                                        TimeUnit.NANOSECONDS.toSeconds(pool.waitedNanos()),
                                        microsOfSecond(pool.waitedNanos()),
                                        mode()));
    }

    private static Map<PoolKey.Login, Pool> pools(Census census) {
        Map<PoolKey.Login, Pool> pools = new TreeMap<>();
        census.clients()
                .forEach(
                        client ->
                                pools.computeIfAbsent(client.login(), login -> new Pool())
                                        .clients
                                        .add(client));
        census.servers()
                .forEach(
                        server ->
                                pools.computeIfAbsent(server.login(), login -> new Pool())
                                        .servers
                                        .add(server));
        return pools;
    }

    private static long microsOfSecond(long nanos) {
        return TimeUnit.NANOSECONDS.toMicros(nanos % TimeUnit.SECONDS.toNanos(1));
    }

    private void clients(ByteBuf out, Census census) {
        columns(
                out,
                "type,user,database,state,addr,port,local_addr,local_port,connect_time,wait,wait_us,"
                    + "ptr,link,keeps_server_for");
        census.clients()
                .forEach(
                        client ->
                                row(
                                        out,
                                        "C",
                                        client.login().user(),
                                        client.login().database(),
                                        client.state(),
                                        client.remote().address(),
                                        client.remote().port(),
                                        client.local().address(),
                                        client.local().port(),
                                        time(client.connectedNanos()),
                                        TimeUnit.NANOSECONDS.toSeconds(client.waitedNanos()),
                                        microsOfSecond(client.waitedNanos()),
                                        pointer(client.id()),
                                        pointer(client.server()),
                                        client.keeps().orElse("")));
    }

    private void servers(ByteBuf out, Census census) {
        columns(
                out,
                "type,user,database,state,addr,port,local_addr,local_port,connect_time,ptr,link,"
                        + "remote_pid,member");
        census.servers()
                .forEach(
                        server ->
                                row(
                                        out,
                                        "S",
                                        server.login().user(),
                                        server.login().database(),
                                        server.state(),
                                        server.remote().address(),
                                        server.remote().port(),
                                        server.local().address(),
                                        server.local().port(),
                                        time(server.connectedNanos()),
                                        pointer(server.id()),
                                        pointer(server.client()),
                                        server.processId(),
                                        server.member()));
    }

    private String time(long nanos) {
        Duration ago = Duration.ofNanos(listener.clock().nanos() - nanos);
        return TIME.format(wallClock.now().minus(ago));
    }

    private static String pointer(long id) {
        return id == 0 ? "" : "0x" + Long.toHexString(id);
    }

    private void databases(ByteBuf out, Census census) {
        columns(
                out,
                "name,host,port,database,pool_size,pool_mode,max_connections,current_connections,"
                        + "paused,disabled");
        Optional<Endpoint> primary = listener.topology().primary().map(MemberSpec::endpoint);
        for (String database : databases(census)) {
            row(
                    out,
                    database,
                    primary.map(Endpoint::host).orElse(""),
                    primary.map(Endpoint::port).orElse(0),
                    database,
                    listener.config().pool().sizes().each(),
                    mode(),
                    listener.config().maxConnections(),
                    census.servers().stream()
                            .filter(server -> server.login().database().equals(database))
                            .count(),
                    listener.gates().isPaused(database) ? 1 : 0,
                    listener.gates().isDisabled(database) ? 1 : 0);
        }
    }

    private static Set<String> databases(Census census) {
        Set<String> databases = new TreeSet<>();
        pools(census).keySet().forEach(login -> databases.add(login.database()));
        return databases;
    }

    private void lists(ByteBuf out, Census census) {
        columns(out, "list,items");
        var pools = pools(census);
        row(out, "databases", databases(census).size());
        row(out, "users", pools.keySet().stream().map(PoolKey.Login::user).distinct().count());
        row(out, "pools", pools.size());
        row(out, "used_clients", census.clients().size());
        row(out, "login_clients", listener.counters().clients.get() - census.clients().size());
        long idle = census.servers().stream().filter(it -> it.state().equals(Census.IDLE)).count();
        row(out, "free_servers", idle);
        row(out, "used_servers", census.servers().size() - idle);
    }

    private void config(ByteBuf out) {
        columns(out, "key,value,default,changeable");
        PostgresListenerConfig config = listener.config();
        PoolConfig pool = config.pool();
        setting(out, "listen_addr", config.bind().host(), "");
        setting(out, "listen_port", config.bind().port(), "");
        setting(out, "max_client_conn", config.maxConnections(), "1000");
        setting(out, "pool_mode", mode(), "session");
        setting(out, "default_pool_size", pool.sizes().each(), "20");
        setting(out, "query_wait_timeout", pool.patience().toSeconds(), "30");
        setting(out, "server_idle_timeout", pool.idle().toSeconds(), "600");
        setting(out, "server_lifetime", pool.lifetime().toSeconds(), "3600");
    }

    private static void setting(ByteBuf out, String key, Object value, String byDefault) {
        row(out, key, value, byDefault, "no");
    }

    /** All databases together: what is counted is counted for the listener. */
    private void stats(ByteBuf out) {
        columns(
                out,
                "database,total_xact_count,total_query_count,total_received,total_sent,"
                        + "total_wait_time");
        ListenerCounters counters = listener.counters();
        row(
                out,
                listener.database().value(),
                counters.transactions.sum(),
                counters.onPrimary.sum() + counters.onReplicas.sum(),
                counters.bytesIn.sum(),
                counters.bytesOut.sum(),
                counters.waitedMicros.sum());
    }

    private String mode() {
        return listener.config().pool().mode().name().toLowerCase(Locale.ROOT);
    }
}
