package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An address on which PostgreSQL clients find a database.
 *
 * @param tls empty: it is spoken without
 * @param serverTls how connections to the database's members are encrypted; empty: not at all
 * @param routes who is led to another database; the first that fits decides
 * @param reads where statements go that are certainly reads
 * @param access who may log in, and how
 * @param proxies whose connections begin with a header of the PROXY protocol
 * @param hold how long a request waits for a primary before it is answered with an error
 * @param replay what of an open transaction is carried over to the next primary
 * @param maxConnections clients at the same time
 * @param maxConnectionsOfUser clients of one user at the same time; empty: {@code maxConnections}
 * @param pool how they come by server connections
 * @param console the role that may use the administration console; empty: there is none
 */
public record PostgresListenerConfig(
        String name,
        Endpoint bind,
        Optional<PostgresTls> tls,
        DatabaseName database,
        Optional<ServerTls> serverTls,
        List<DatabaseRoute> routes,
        ReadsConfig reads,
        AccessConfig access,
        List<IpNetwork> proxies,
        Duration hold,
        ReplayConfig replay,
        int maxConnections,
        OptionalInt maxConnectionsOfUser,
        PoolConfig pool,
        Optional<String> console)
        implements ListenerConfig {
    public PostgresListenerConfig {
        requireNonNull(name, "name is null");
        requireNonNull(bind, "bind is null");
        requireNonNull(tls, "tls is null");
        requireNonNull(database, "database is null");
        requireNonNull(serverTls, "serverTls is null");
        routes = List.copyOf(routes);
        requireNonNull(reads, "reads is null");
        requireNonNull(access, "access is null");
        proxies = List.copyOf(proxies);
        requireNonNull(hold, "hold is null");
        requireNonNull(replay, "replay is null");
        requireNonNull(maxConnectionsOfUser, "maxConnectionsOfUser is null");
        requireNonNull(pool, "pool is null");
        requireNonNull(console, "console is null");
    }

    /** By which route a client goes that logs in like this; empty: to {@link #database}. */
    public Optional<DatabaseRoute> route(String user, String asked) {
        return routes.stream().filter(route -> route.fits(user, asked)).findFirst();
    }

    /**
     * All databases that clients are led to, and how connections to their members are encrypted.
     */
    public Map<DatabaseName, Optional<ServerTls>> targets() {
        Map<DatabaseName, Optional<ServerTls>> targets = new LinkedHashMap<>();
        targets.put(database, serverTls);
        routes.forEach(route -> targets.put(route.to(), route.serverTls()));
        return targets;
    }

    /** Where statements go that are certainly reads. */
    public enum Reads {
        /** To the primary, like everything else. */
        PRIMARY,
        /**
         * To a replica that has applied the session's own last write; to the primary if there is
         * none.
         */
        REPLICAS
    }

    /** How clients prove who they are. */
    public enum Authentication {
        /**
         * By the password that the database has for the role: SCRAM-SHA-256, or md5 where the
         * database has that.
         */
        PASSWORD,
        /**
         * Not at all: whoever reaches the listener may use any role that the servers let the proxy
         * use.
         */
        TRUST
    }
}
