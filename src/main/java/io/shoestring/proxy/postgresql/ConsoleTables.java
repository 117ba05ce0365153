package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.base.WallClock;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberSpec;
import io.shoestring.protocol.postgresql.BackendMessages;

import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
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
 * What the console shows, in the columns of PgBouncer, because programs ask for them by their
 * names: what does not exist here is 0 or empty there. Columns of our own are at the end.
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
                    "state",
                    "stats",
                    "stats_averages",
                    "stats_totals",
                    "users",
                    "version");

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private static final List<String> NOTHING_HERE =
            List.of(
                    "free_clients",
                    "peers",
                    "peer_pools",
                    "dns_names",
                    "dns_zones",
                    "dns_queries",
                    "dns_pending");

    private static final String SOCKET_COLUMNS =
            "type,user,database,state,addr,port,local_addr,local_port,connect_time,wait,wait_us,"
                    + "close_needed,ptr,link,remote_pid,tls,application_name,"
                    + "prepared_statements,id";

    private final Entrance listener;
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

    ConsoleTables(Entrance listener, WallClock wallClock) {
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
            case "state" -> state(out);
            case "stats" -> ConsoleStats.all(out, listener);
            case "stats_averages" -> ConsoleStats.averages(out, listener);
            case "stats_totals" -> ConsoleStats.totals(out, listener);
            case "users" -> users(out, census);
            case "version" -> version(out);
            default -> throw new IllegalArgumentException("nothing is called " + name);
        }
        return out;
    }

    static void columns(ByteBuf out, String names) {
        BackendMessages.rowDescription(out, List.of(names.split(",")));
    }

    static void row(ByteBuf out, Object... values) {
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
                "database,user,cl_active,cl_waiting,cl_active_cancel_req,cl_waiting_cancel_req,"
                        + "sv_active,sv_active_cancel,sv_being_canceled,sv_idle,sv_used,sv_tested,"
                        + "sv_login,maxwait,maxwait_us,pool_mode,load_balance_hosts");
        pools(census)
                .forEach(
                        (login, pool) ->
                                row(
                                        out,
                                        login.database(),
                                        login.user(),
                                        pool.clients(false),
                                        pool.clients(true),
                                        0,
                                        0,
                                        pool.servers(Census.ACTIVE),
                                        0,
                                        0,
                                        pool.servers(Census.IDLE),
                                        0,
                                        0,
                                        pool.servers(Census.LOGIN),
                                        TimeUnit.NANOSECONDS.toSeconds(pool.waitedNanos()),
                                        microsOfSecond(pool.waitedNanos()),
                                        mode(),
                                        ""));
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
        columns(out, SOCKET_COLUMNS + ",keeps_server_for,cluster");
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
                                        0,
                                        pointer(client.id()),
                                        pointer(client.server()),
                                        0,
                                        client.tls(),
                                        client.applicationName(),
                                        client.prepared(),
                                        client.id(),
                                        client.keeps().orElse(""),
                                        client.place().cluster()));
    }

    private void servers(ByteBuf out, Census census) {
        columns(out, SOCKET_COLUMNS + ",member,cluster");
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
                                        0,
                                        0,
                                        0,
                                        pointer(server.id()),
                                        pointer(server.client()),
                                        server.processId(),
                                        server.tls(),
                                        server.applicationName(),
                                        server.prepared(),
                                        server.id(),
                                        server.member(),
                                        server.place().cluster()));
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
                "name,host,port,database,force_user,pool_size,min_pool_size,reserve_pool_size,"
                        + "server_lifetime,pool_mode,load_balance_hosts,max_connections,"
                        + "current_connections,max_client_connections,current_client_connections,"
                        + "paused,disabled,cluster");
        databases(census).forEach(found -> database(out, census, found));
    }

    private void database(ByteBuf out, Census census, Found found) {
        DatabaseName cluster = found.place().cluster();
        Optional<Endpoint> primary =
                listener.contexts().stream()
                        .filter(each -> each.database().equals(cluster))
                        .flatMap(each -> each.topology().primary().stream())
                        .map(MemberSpec::endpoint)
                        .findFirst();
        PoolConfig pool = listener.config().pool();
        row(
                out,
                found.name(),
                primary.map(Endpoint::host).orElse(""),
                primary.map(Endpoint::port).orElse(0),
                found.place().name(),
                "",
                pool.sizes().each(),
                pool.sizes().minimum(),
                0,
                pool.lifetime().toSeconds(),
                mode(),
                "",
                pool.sizes().database().orElse(0),
                census.servers().stream().filter(it -> Found.of(it).equals(found)).count(),
                listener.config().maxConnections(),
                census.clients().stream().filter(it -> Found.of(it).equals(found)).count(),
                listener.gates().isPaused(found.name()) ? 1 : 0,
                listener.gates().isDisabled(found.name()) ? 1 : 0,
                cluster);
    }

    /** A database that somebody is connected to, by the name that clients have for it. */
    private record Found(String name, Census.Place place) implements Comparable<Found> {
        private static final Comparator<Found> ORDER =
                Comparator.comparing(Found::name)
                        .thenComparing(found -> found.place().cluster().value())
                        .thenComparing(found -> found.place().name());

        static Found of(Census.ClientRow client) {
            return new Found(client.login().database(), client.place());
        }

        static Found of(Census.ServerRow server) {
            return new Found(server.login().database(), server.place());
        }

        @Override
        public int compareTo(Found other) {
            return ORDER.compare(this, other);
        }
    }

    private static Set<Found> databases(Census census) {
        Set<Found> databases = new TreeSet<>();
        census.clients().forEach(client -> databases.add(Found.of(client)));
        census.servers().forEach(server -> databases.add(Found.of(server)));
        return databases;
    }

    private void lists(ByteBuf out, Census census) {
        columns(out, "list,items");
        var pools = pools(census);
        row(out, "databases", databases(census).size());
        row(out, "users", pools.keySet().stream().map(PoolKey.Login::user).distinct().count());
        row(out, "pools", pools.size());
        row(out, "used_clients", census.clients().size());
        row(out, "login_clients", listener.clients() - census.clients().size());
        long idle = census.servers().stream().filter(it -> it.state().equals(Census.IDLE)).count();
        row(out, "free_servers", idle);
        row(out, "used_servers", census.servers().size() - idle);
        for (String nothing : NOTHING_HERE) {
            row(out, nothing, 0);
        }
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
        setting(out, "min_pool_size", pool.sizes().minimum(), "0");
        setting(out, "reserve_pool_size", 0, "0");
        setting(out, "max_user_connections", pool.sizes().user().orElse(0), "0");
        setting(out, "max_db_connections", pool.sizes().database().orElse(0), "0");
        setting(out, "max_user_client_connections", config.maxConnectionsOfUser().orElse(0), "0");
        setting(out, "query_wait_timeout", pool.patience().toSeconds(), "30");
        setting(out, "server_idle_timeout", pool.idle().toSeconds(), "600");
        setting(out, "server_lifetime", pool.lifetime().toSeconds(), "3600");
    }

    private static void setting(ByteBuf out, String key, Object value, String byDefault) {
        row(out, key, value, byDefault, "no");
    }

    private void users(ByteBuf out, Census census) {
        columns(
                out,
                "name,pool_size,reserve_pool_size,pool_mode,max_user_connections,"
                        + "current_connections,max_user_client_connections,"
                        + "current_client_connections");
        PostgresListenerConfig config = listener.config();
        Set<String> users = new TreeSet<>();
        pools(census).keySet().forEach(login -> users.add(login.user()));
        for (String user : users) {
            row(
                    out,
                    user,
                    config.pool().sizes().each(),
                    0,
                    mode(),
                    config.pool().sizes().user().orElse(0),
                    census.servers().stream()
                            .filter(server -> server.login().user().equals(user))
                            .count(),
                    config.maxConnectionsOfUser().orElse(0),
                    census.clients().stream()
                            .filter(client -> client.login().user().equals(user))
                            .count());
        }
    }

    private void state(ByteBuf out) {
        columns(out, "key,value");
        boolean paused = !listener.gates().letAllBegin();
        row(out, "active", paused ? "no" : "yes");
        row(out, "paused", paused ? "yes" : "no");
        row(out, "suspended", "no");
    }

    private String mode() {
        return listener.config().pool().mode().name().toLowerCase(Locale.ROOT);
    }
}
