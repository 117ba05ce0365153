package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;
import io.shoestring.config.ListenerConfig.Protocol;
import io.shoestring.config.MysqlListenerConfig.Account;
import io.shoestring.config.MysqlListenerConfig.Pooling;
import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/** The part of {@link Keys} that is about listeners for MySQL and MariaDB. */
final class MysqlKeys {
    static final Value<Endpoint> BIND =
            required("bind", Formats.ENDPOINT, "127.0.0.1:3307", "Where clients connect.");

    static final Value<Protocol> PROTOCOL =
            required(
                    "protocol",
                    Formats.choice("protocol", Protocol.class),
                    "mysql",
                    "What is spoken on the listener.");

    static final Value<Endpoint> ADDRESS =
            required(
                    "address",
                    Formats.SERVER_ADDRESS,
                    "10.0.0.10:3306",
                    "Where the server listens.");

    static final Section SERVER =
            new Section(
                    "<server>",
                    "a mysql server",
                    new Need.Required(),
                    "A MySQL or MariaDB server. It is asked which part it has: who takes writes"
                            + " (`read_only` is off) is the primary, who replicates is a replica.",
                    List.of(ADDRESS),
                    Optional.of(ADDRESS));

    static final Value<String> DATABASE =
            optional(
                    "database",
                    Formats.NAME,
                    "none: `servers` and `account` say where clients are led",
                    "shop",
                    "The database that clients are led to; one of `databases` whose engine is"
                            + " `mariadb`. Its members are the servers then, and Shoestring decides"
                            + " which of them is the primary.");

    static final Table SERVERS =
            new Table(
                    "servers",
                    new Need.Otherwise("the members of `database`"),
                    "db0",
                    "The servers by their names: the primary, its replicas, and whoever is next.",
                    SERVER);

    static final Value<String> USER =
            required(
                    "user",
                    Formats.USER,
                    "shoestring",
                    "The user, which every server knows, by which the servers are asked.");

    static final Value<Path> PASSWORD_FILE =
            required(
                    "password-file",
                    Formats.PATH,
                    "/etc/shoestring/mysql.password",
                    "The file whose first line is that user's password.");

    static final Section ACCOUNT =
            new Section(
                    "account",
                    "the account of a mysql listener",
                    new Need.Otherwise("that of `database`"),
                    "Who asks the servers for their parts, their positions and the stored passwords"
                            + " of users: needs SELECT on `mysql`.*, and REPLICA MONITOR (in MySQL:"
                            + " REPLICATION CLIENT).",
                    List.of(USER, PASSWORD_FILE));

    static final Value<Reads> READS =
            byDefault(
                    "reads",
                    Formats.choice("place for reads", Reads.class),
                    "primary",
                    "replicas",
                    "Where statements go that are certainly reads. `primary`: where everything"
                            + " goes. `replicas`: to a replica that has what `consistency` asks"
                            + " for, or to the primary if there is none.");

    static final Value<Consistency> CONSISTENCY =
            byDefault(
                    "consistency",
                    Formats.choice("consistency", Consistency.class),
                    "session",
                    "session",
                    "What a read must find on a replica. `session`: what its own session has"
                            + " written. `cluster`: everything that was acknowledged before it"
                            + " came, whoever wrote it; it waits up to half a second until that is"
                            + " known. `eventual`: everything that is older than `max-lag`.");

    static final Value<Pooling> MODE =
            byDefault(
                    "mode",
                    Formats.choice("pool mode", Pooling.class),
                    "session",
                    "transaction",
                    "How long a client has a server connection. `session`: as long as it is"
                            + " connected. `transaction`: from the beginning of a transaction to"
                            + " its end; a client that leaves something in its session which"
                            + " others must not meet keeps it.");

    static final Value<Integer> SIZE =
            byDefault(
                    "size",
                    PoolKeys.SIZES,
                    "20",
                    "20",
                    "Server connections at most for each user and server, on each node. Only where"
                            + " connections are shared, as are the keys below.");

    static final Value<Integer> SERVER_LIMIT =
            optional(
                    "server-limit",
                    PoolKeys.SIZES,
                    "as many as the sizes allow",
                    "90",
                    "Server connections of the listener at most to each server, on each node."
                            + " Together with what else connects there they should stay below the"
                            + " server's `max_connections`.");

    static final Value<Duration> WAIT =
            byDefault(
                    "wait",
                    Formats.DURATION_TEXT,
                    "30s",
                    "30s",
                    "How long a command waits for a server connection while all are in use, before"
                            + " it is answered with error 1040. Who waited first gets the first"
                            + " that is free.");

    static final Section POOL =
            new Section(
                    "pool",
                    "a pool",
                    new Need.Otherwise("its keys have their defaults"),
                    "How clients come by server connections.",
                    List.of(MODE, SIZE, SERVER_LIMIT, WAIT, PoolKeys.IDLE, PoolKeys.LIFETIME));

    static final Value<String> CONSOLE =
            optional(
                    "console",
                    Formats.USER,
                    "nobody",
                    "root",
                    "The user, with its password at the servers, that may ask for what the proxy"
                            + " knows of itself, as tables of the schema `shoestring`: pools,"
                            + " servers, digests, routes, pins, processlist.");

    static final Section LISTENER =
            new Section(
                    "<listener>",
                    "a mysql listener",
                    new Need.Required(),
                    "An address on which MySQL and MariaDB clients find a primary, its replicas,"
                            + " and whoever is next.",
                    List.of(
                            BIND,
                            PROTOCOL,
                            DATABASE,
                            SERVERS,
                            ACCOUNT,
                            READS,
                            CONSISTENCY,
                            ReadsKeys.MAX_LAG,
                            Keys.HOLD,
                            ReplayKeys.REPLAY,
                            Keys.MAX_CONNECTIONS,
                            POOL,
                            TlsKeys.TLS,
                            ServerTlsKeys.LISTENER_TLS,
                            CONSOLE));

    private MysqlKeys() {}

    /**
     * The record of a listener in which nothing was found wrong.
     *
     * @param resolve makes a path of the file absolute
     * @param databases by their names
     * @param nodes the machines' addresses
     */
    static MysqlListenerConfig build(
            String name,
            Fields fields,
            UnaryOperator<Path> resolve,
            Map<DatabaseName, DatabaseConfig> databases,
            Map<NodeName, String> nodes) {
        Optional<DatabaseConfig> database =
                fields.value(DATABASE)
                        .map(each -> new DatabaseName(each.value()))
                        .map(databases::get);
        return new MysqlListenerConfig(
                name,
                fields.sound(BIND),
                database.map(DatabaseConfig::name),
                database.map(each -> members(each, nodes)).orElseGet(() -> servers(fields)),
                database.map(MysqlKeys::account).orElseGet(() -> account(fields, resolve)),
                fields.sound(READS),
                fields.sound(CONSISTENCY),
                fields.sound(ReadsKeys.MAX_LAG),
                fields.sound(Keys.HOLD),
                ReplayKeys.build(fields.section(ReplayKeys.REPLAY)),
                fields.sound(Keys.MAX_CONNECTIONS),
                pool(fields.section(POOL)),
                TlsKeys.build(fields, resolve),
                ServerTlsKeys.build(fields, ServerTlsKeys.LISTENER_TLS, resolve),
                fields.value(CONSOLE).map(Placed::value));
    }

    private static Map<String, Endpoint> members(
            DatabaseConfig database, Map<NodeName, String> nodes) {
        Map<String, Endpoint> members = new LinkedHashMap<>();
        database.spec(nodes, false)
                .members()
                .forEach(member -> members.put(member.name().value(), member.endpoint()));
        return members;
    }

    private static Map<String, Endpoint> servers(Fields fields) {
        Map<String, Endpoint> servers = new LinkedHashMap<>();
        Fields table = fields.table(SERVERS);
        table.names().forEach(each -> servers.put(each, table.child(each).sound(ADDRESS)));
        return servers;
    }

    private static Account account(DatabaseConfig database) {
        return new Account(database.superuser().name(), database.superuser().passwordFile());
    }

    private static Account account(Fields fields, UnaryOperator<Path> resolve) {
        Fields account = fields.section(ACCOUNT);
        return new Account(account.sound(USER), resolve.apply(account.sound(PASSWORD_FILE)));
    }

    private static PoolConfig pool(Fields fields) {
        OptionalInt ofServer =
                fields.value(SERVER_LIMIT)
                        .map(it -> OptionalInt.of(it.value()))
                        .orElse(OptionalInt.empty());
        return new PoolConfig(
                switch (fields.sound(MODE)) {
                    case SESSION -> PoolConfig.Mode.SESSION;
                    case TRANSACTION -> PoolConfig.Mode.TRANSACTION;
                },
                new PoolSizes(
                        fields.sound(SIZE), OptionalInt.empty(), OptionalInt.empty(), ofServer, 0),
                fields.sound(WAIT),
                fields.sound(PoolKeys.IDLE),
                fields.sound(PoolKeys.LIFETIME),
                PoolConfig.AfterLoss.END);
    }
}
