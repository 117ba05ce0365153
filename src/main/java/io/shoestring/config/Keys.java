package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;
import io.shoestring.config.Key.Variant;
import io.shoestring.config.Key.Variants;
import io.shoestring.config.ListenerConfig.Protocol;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Follows;
import io.shoestring.model.IpPrefix;
import io.shoestring.model.Protection;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Every key of {@code shoestring.yaml}, once. The reader checks files against this tree, and the
 * JSON Schema and the reference page are made from it; a key that is not here does not exist.
 */
final class Keys {
    static final Value<String> CLUSTER_NAME =
            required("name", Formats.NAME, "shop", "Names the cluster in logs and on the page.");

    static final Value<String> NODE =
            required(
                    "<node>",
                    Formats.HOST,
                    "127.0.0.1",
                    "A machine that runs Shoestring, and the address by which the other machines"
                            + " and the clients of its databases reach it.");

    static final Table NODES =
            new Table(
                    "nodes",
                    new Need.Required(),
                    "local",
                    "The machines of the cluster by their names.",
                    NODE);

    static final Value<Path> DIRECTORY =
            byDefault(
                    "directory",
                    Formats.PATH,
                    "/var/lib/shoestring",
                    "/var/lib/shoestring",
                    "Where each node keeps its own state. Not inside a member's data directory.");

    static final Value<Path> WATCHDOG =
            optional(
                    "watchdog",
                    Formats.PATH,
                    "none",
                    "/dev/watchdog",
                    "The watchdog of each machine with a member. It resets the machine when neither"
                            + " the node nor its deadman can stop a primary whose lease was not"
                            + " renewed.");

    static final Value<Integer> CLUSTER_PORT =
            byDefault(
                    "port",
                    Formats.PORT,
                    "6490",
                    "6490",
                    "The port by which the nodes speak to each other, each on its own address of"
                            + " `nodes`. Used once `shoestring init` or `shoestring join` was run"
                            + " on a machine; everything on it is mutually authenticated TLS.");

    static final Value<Integer> CONSENSUS_PORT =
            byDefault(
                    "consensus-port",
                    Formats.PORT,
                    "6491",
                    "6491",
                    "The port of the cluster's memory, in which the nodes agree: each on its own"
                            + " address of `nodes`, over mutually authenticated TLS. Used like"
                            + " `port`, unless there is an etcd (`consensus`).");

    /** The ports that every node has on its own address. */
    static final List<Value<Integer>> NODE_PORTS = List.of(CLUSTER_PORT, CONSENSUS_PORT);

    static final Section CLUSTER =
            new Section(
                    "cluster",
                    "the cluster",
                    new Need.Required(),
                    "Who belongs to the cluster.",
                    List.of(
                            CLUSTER_NAME,
                            NODES,
                            CLUSTER_PORT,
                            CONSENSUS_PORT,
                            DIRECTORY,
                            WATCHDOG,
                            FenceKeys.FENCE));

    static final Value<DatabaseConfig.Engine> ENGINE =
            required(
                    "engine",
                    Formats.choice("database engine", DatabaseConfig.Engine.class),
                    "postgresql",
                    "What runs the members of the database.");

    static final Value<Boolean> MANAGE =
            byDefault(
                    "manage",
                    Formats.YES_OR_NO,
                    "yes",
                    "yes",
                    "Whether the members are handled. `no`: somebody else does that (Patroni, a"
                            + " provider, a person); they are only looked at, the primary is"
                            + " recognised, and listeners follow it. Nothing is changed in"
                            + " them.");

    static final Value<Protection> PROTECTION =
            byDefault(
                    "protection",
                    Formats.choice("protection mode", Protection.class),
                    "availability",
                    "performance",
                    "What a commit waits for. `availability`: for a replica while there is one, so"
                            + " that no acknowledged commit is lost with one machine. `maximum`"
                            + " (PostgreSQL): for a replica always; while none is there no commit"
                            + " is acknowledged."
                            + " `performance`: for nobody, so that a failover may lose the last"
                            + " moments.");

    static final Value<Path> PROGRAMS =
            optional(
                    "programs",
                    Formats.PATH,
                    "found by the version of the data directory; MariaDB's by the path",
                    "/usr/lib/postgresql/15/bin",
                    "The directory of `postgres`, `pg_ctl` and the others, or of `mariadbd`,"
                            + " `mariadb-dump` and the others, on every machine of the database.");

    static final Value<Integer> CLONE_RATE =
            optional(
                    "clone-rate",
                    Formats.wholeNumber("rate", 1, 1_024),
                    "as fast as it can",
                    "100",
                    "How many megabytes a second a new replica may copy at most, so that it leaves"
                            + " something of disk and network to the application.");

    static final Value<WeeklyTime> COMPARE_ROWS =
            optional(
                    "compare-rows",
                    TimeFormats.WEEKLY,
                    "never",
                    "sunday 03:00",
                    "When the replicas' rows are compared with the primary's, by the clock of the"
                            + " machines; MariaDB only. What differs is an event that asks for"
                            + " somebody.");

    static final Value<DatabaseConfig.Topology> TOPOLOGY =
            byDefault(
                    "topology",
                    Formats.choice("topology", DatabaseConfig.Topology.class),
                    "one-way",
                    "one-way",
                    "Who replicates from whom. `one-way`: the replicas from the primary. `mutual`"
                            + " (MariaDB, two members that may be promoted): the primary from its"
                            + " successor, too, while that one follows it and has nothing of its"
                            + " own; one of them takes writes, the other is read-only, and each"
                            + " gets its own `auto_increment_offset`.");

    static final Value<String> SUPERUSER_NAME =
            byDefault(
                    "name",
                    Formats.ROLE,
                    "postgres",
                    "postgres",
                    "The role. With MariaDB, a user with all privileges and the right to grant"
                            + " them, which may come from every machine of the database.");

    static final Value<Path> PASSWORD_FILE =
            required(
                    "password-file",
                    Formats.PATH,
                    "/etc/shoestring/shop.password",
                    "The file whose first line is the role's password.");

    static final Section SUPERUSER =
            new Section(
                    "superuser",
                    "the superuser",
                    new Need.Required(),
                    "The role by which the agent works on its own machine's members.",
                    List.of(SUPERUSER_NAME, PASSWORD_FILE));

    static final Value<String> MEMBER_NODE =
            optional(
                    "node",
                    Formats.NAME,
                    "the node that has the member's name, or the only node",
                    "local",
                    "The machine that the member lives on.");

    static final Value<String> MEMBER_ADDRESS =
            optional(
                    "address",
                    Formats.HOST,
                    "that of the node that has the member's name, or of the only node",
                    "10.0.0.20",
                    "Where the server is, for `manage: no`: it need not be on a machine of the"
                            + " cluster.");

    static final Value<Path> DATA =
            optional(
                    "data",
                    Formats.PATH,
                    "needed, unless `manage: no`",
                    "/var/lib/postgresql/15/a",
                    "The data directory. An empty one is filled from the primary.");

    static final Value<Path> CONFIG_FILE =
            optional(
                    "config-file",
                    Formats.PATH,
                    "`postgresql.conf` in the data directory, or Debian's below `/etc/postgresql`"
                            + " that names the data directory",
                    "/etc/postgresql/15/main/postgresql.conf",
                    "The server's main settings file, as PostgreSQL's `config_file`. Shoestring"
                            + " adds one line at its end. With MariaDB, the file for its"
                            + " `--defaults-file`; without, the server reads the files that it"
                            + " always reads.");

    static final Value<Integer> PORT =
            required("port", Formats.PORT, "5433", "The port that the member listens on.");

    static final Value<Integer> PRIORITY =
            byDefault(
                    "priority",
                    Formats.wholeNumber("priority", 0, 1_000),
                    "1",
                    "1",
                    "Among members that are equally up to date, the highest priority is promoted."
                            + " A member of priority 0 is never promoted.");

    static final Value<Delay> DELAY =
            optional(
                    "delay",
                    MemberFormats.DELAY,
                    "none: the log is applied as soon as it is there",
                    "1h",
                    "How much later than its primary the member applies the log, so that rows can"
                            + " be read there that were deleted by mistake. A delayed member gets"
                            + " no reads, commits do not wait for it, and it is never promoted.");

    static final Value<String> UPSTREAM =
            optional(
                    "upstream",
                    Formats.NAME,
                    "the primary, whoever that is",
                    "db1",
                    "The member that it gets its log from while both are replicas, to spare the"
                            + " primary or a line. While that one is missing it gets its log from"
                            + " the primary. Commits do not wait for a member that does not get it"
                            + " from the primary.");

    static final Section MEMBER =
            new Section(
                    "<member>",
                    "a member",
                    new Need.Required(),
                    "One server of the database: a process with its own data directory.",
                    List.of(
                            MEMBER_NODE,
                            MEMBER_ADDRESS,
                            DATA,
                            CONFIG_FILE,
                            PORT,
                            PRIORITY,
                            DELAY,
                            UPSTREAM));

    static final Table MEMBERS =
            new Table(
                    "members",
                    new Need.Required(),
                    "a",
                    "The servers of the database by their names.",
                    MEMBER);

    static final Section DATABASE =
            new Section(
                    "<database>",
                    "a database",
                    new Need.Required(),
                    "A replicated database: a primary and its replicas.",
                    List.of(
                            ENGINE,
                            MANAGE,
                            PROTECTION,
                            TOPOLOGY,
                            LossLimitKeys.LOSS_LIMIT,
                            PROGRAMS,
                            CLONE_RATE,
                            COMPARE_ROWS,
                            SUPERUSER,
                            AuthQueryKeys.AUTH_QUERY,
                            ServerTlsKeys.TLS,
                            MEMBERS));

    static final Table DATABASES =
            new Table(
                    "databases",
                    new Need.Otherwise("none: this cluster only balances"),
                    "shop",
                    "The replicated databases by their names.",
                    DATABASE);

    static final Value<Endpoint> LISTENER_BIND =
            required("bind", Formats.ENDPOINT, "127.0.0.1:6432", "Where clients connect.");

    static final Value<Protocol> PROTOCOL =
            required(
                    "protocol",
                    Formats.choice("protocol", Protocol.class),
                    "postgresql",
                    "What is spoken on the listener.");

    static final Value<String> LISTENER_DATABASE =
            required(
                    "database",
                    Formats.NAME,
                    "shop",
                    "The database that clients are led to; one of `databases`.");

    static final Value<Duration> HOLD =
            byDefault(
                    "hold",
                    Formats.DURATION_TEXT,
                    "30s",
                    "30s",
                    "How long a request waits for a primary while there is none, before it is"
                            + " answered with an error.");

    static final Value<Integer> MAX_CONNECTIONS =
            byDefault(
                    "max-connections",
                    Formats.wholeNumber("number of connections", 1, 1_000_000),
                    "1000",
                    "1000",
                    "How many clients may be connected at the same time.");

    static final Value<String> CONSOLE =
            optional(
                    "console",
                    Formats.ROLE,
                    "none: there is no console",
                    "postgres",
                    "The role, with its password in the database, that may use the administration"
                            + " console: it answers PgBouncer's SHOW, PAUSE and others under the"
                            + " database names `shoestring` and `pgbouncer`, which then mean no"
                            + " database of a server.");

    static final Section POSTGRESQL_LISTENER =
            new Section(
                    "<listener>",
                    "a postgresql listener",
                    new Need.Required(),
                    "An address on which PostgreSQL clients find a database: its primary, its"
                            + " replicas, and whoever is next.",
                    List.of(
                            LISTENER_BIND,
                            PROTOCOL,
                            TlsKeys.POSTGRESQL_TLS,
                            LISTENER_DATABASE,
                            DatabaseRouteKeys.ROUTES,
                            ReadsKeys.READS,
                            ReadsKeys.CONSISTENCY,
                            ReadsKeys.MAX_LAG,
                            AccessKeys.AUTHENTICATION,
                            AccessKeys.ACCESS,
                            AccessKeys.FAILURES,
                            ProxyHeaderKeys.PROXIES,
                            HOLD,
                            ReplayKeys.REPLAY,
                            MAX_CONNECTIONS,
                            PoolKeys.MAX_CONNECTIONS_OF_USER,
                            PoolKeys.POOL,
                            CONSOLE));

    static final Section TCP_LISTENER =
            new Section(
                    "<listener>",
                    "a tcp listener",
                    new Need.Required(),
                    "An address whose connections are carried to the servers of a backend, byte by"
                            + " byte.",
                    List.of(
                            BackendKeys.TCP_BIND,
                            BackendKeys.TCP_PROTOCOL,
                            TlsKeys.BALANCER_TLS,
                            ProxyHeaderKeys.PROXIES,
                            SourceKeys.FROM,
                            SourceKeys.NOT_FROM,
                            SourceKeys.PER_SOURCE,
                            BackendKeys.TCP_ROUTES,
                            BackendKeys.TCP_DEFAULT_BACKEND,
                            AccessLogKeys.ACCESS_LOG,
                            BackendKeys.CLIENT_TIMEOUT,
                            MAX_CONNECTIONS));

    static final Section HTTP_LISTENER =
            new Section(
                    "<listener>",
                    "an http listener",
                    new Need.Required(),
                    "An address whose HTTP requests are led to the servers of backends.",
                    List.of(
                            BackendKeys.HTTP_BIND,
                            BackendKeys.HTTP_PROTOCOL,
                            TlsKeys.BALANCER_TLS,
                            ProxyHeaderKeys.PROXIES,
                            SourceKeys.FROM,
                            SourceKeys.NOT_FROM,
                            SourceKeys.PER_SOURCE,
                            GuardKeys.LIMITS,
                            RouteKeys.REFUSALS,
                            GuardKeys.LOGINS,
                            RouteKeys.REDIRECTS,
                            RouteKeys.ROUTES,
                            BackendKeys.DEFAULT_BACKEND,
                            BackendKeys.FORWARDED,
                            BackendKeys.HTTP2,
                            RouteKeys.REQUEST_HEADERS,
                            RouteKeys.RESPONSE_HEADERS,
                            RouteKeys.REQUEST_ID,
                            GuardKeys.ERROR_PAGES,
                            AccessLogKeys.ACCESS_LOG,
                            BackendKeys.CLIENT_TIMEOUT,
                            MAX_CONNECTIONS));

    static final Variants LISTENER =
            new Variants(
                    "<listener>",
                    "a listener",
                    new Need.Required(),
                    "An address that clients connect to.",
                    PROTOCOL,
                    List.of(
                            new Variant("postgresql", "sql", POSTGRESQL_LISTENER),
                            new Variant("mysql", "shop-sql", MysqlKeys.LISTENER),
                            new Variant("tcp", "cache", TCP_LISTENER),
                            new Variant("http", "web", HTTP_LISTENER)));

    static final Table LISTENERS =
            new Table(
                    "listeners",
                    new Need.Otherwise(
                            "none: clients connect to the databases' members themselves"),
                    "sql",
                    "The addresses that clients connect to, by their names; every node listens on"
                            + " all of them.",
                    LISTENER);

    static final Value<IpPrefix> ADDRESS =
            required(
                    "address",
                    Formats.ADDRESS_WITH_PREFIX,
                    "10.0.0.100/24",
                    "The address, with the length of its subnet's prefix. No machine has it of"
                            + " itself: it must not be in any machine's own configuration.");

    static final Value<String> INTERFACE =
            optional(
                    "interface",
                    Formats.INTERFACE,
                    "the one interface that has an address in the same subnet",
                    "eth0",
                    "The network interface that the address is set on; the same on every machine"
                            + " that may have it.");

    static final Value<Follows> FOLLOWS =
            required(
                    "follows",
                    Formats.FOLLOWS,
                    "listener web",
                    "What the address follows. `primary of DATABASE` is on the machine that has the"
                        + " primary; `replicas of DATABASE` on one that has a good replica, with"
                        + " the primary while there is none, and several such addresses are spread"
                        + " evenly; `listener LISTENER` on a machine where that listener can"
                        + " serve.");

    static final Value<Boolean> FAILBACK =
            byDefault(
                    "failback",
                    Formats.YES_OR_NO,
                    "no",
                    "yes",
                    "Whether an address that follows a listener goes back to an earlier node of"
                            + " `cluster.nodes` when the listener has been well there for 10 s.");

    static final Section VIRTUAL_ADDRESS =
            new Section(
                    "<address>",
                    "an address",
                    new Need.Required(),
                    "A virtual address, which moves from machine to machine.",
                    List.of(ADDRESS, INTERFACE, FOLLOWS, FAILBACK));

    static final Table ADDRESSES =
            new Table(
                    "addresses",
                    new Need.Otherwise("none: clients use the machines' own addresses"),
                    "entrance",
                    "The virtual addresses by their names. Setting them needs root's rights, or"
                            + " the capabilities CAP_NET_ADMIN and CAP_NET_RAW.",
                    VIRTUAL_ADDRESS);

    static final Value<Endpoint> ADMIN_BIND =
            byDefault(
                    "bind",
                    Formats.ENDPOINT,
                    "127.0.0.1:6480",
                    "127.0.0.1:6480",
                    "The address of the API and of the page. One that other machines reach needs"
                            + " `tls` and `users`.");

    static final Value<Path> TOKEN_FILE =
            optional(
                    "token-file",
                    Formats.PATH,
                    "`admin.token` in `cluster.directory`",
                    "/var/lib/shoestring/admin.token",
                    "The file whose first line is the token of the API: who knows it may do"
                            + " everything. Made by the node when it does not exist.");

    static final Section ADMIN =
            new Section(
                    "admin",
                    "the administration",
                    new Need.Otherwise("its keys have their defaults"),
                    "The API and the page.",
                    List.of(
                            ADMIN_BIND,
                            TOKEN_FILE,
                            AdminKeys.TLS,
                            AdminKeys.USERS,
                            RuntimeKeys.SOCKET));

    static final Section ROOT =
            new Section(
                    "",
                    "the configuration",
                    new Need.Required(),
                    "The configuration of a Shoestring cluster; the same file on all machines.",
                    List.of(
                            CLUSTER,
                            ConsensusKeys.CONSENSUS,
                            DATABASES,
                            LISTENERS,
                            BackendKeys.BACKENDS,
                            AcmeKeys.ACME,
                            ADDRESSES,
                            ADMIN));

    private Keys() {}
}
