package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An address on which MySQL and MariaDB clients find a primary and its replicas.
 *
 * @param database whose members the servers are; empty: they are asked who is the primary
 * @param servers where they are, by their names, in the order of the file
 * @param account by which the servers are asked
 * @param reads where statements go that are certainly reads
 * @param consistency what they must find on a replica
 * @param maxLag how far behind a replica may be where it need not have anything in particular
 * @param hold how long a request waits for a primary before it is answered with an error
 * @param replay what of an open transaction is carried over to the next primary
 * @param maxConnections clients at the same time
 * @param pool how clients come by server connections
 * @param tls for clients that ask for it; empty: it is not spoken
 * @param serverTls how clients' connections to the servers are encrypted; empty: not at all
 * @param console the user who may ask for all tables of the schema {@code shoestring}; empty:
 *     nobody
 */
public record MysqlListenerConfig(
        String name,
        Endpoint bind,
        Optional<DatabaseName> database,
        Map<String, Endpoint> servers,
        Account account,
        Reads reads,
        Consistency consistency,
        Duration maxLag,
        Duration hold,
        ReplayConfig replay,
        int maxConnections,
        PoolConfig pool,
        Optional<TlsConfig> tls,
        Optional<ServerTls> serverTls,
        Optional<String> console)
        implements ListenerConfig {
    public MysqlListenerConfig {
        requireNonNull(name, "name is null");
        requireNonNull(bind, "bind is null");
        requireNonNull(database, "database is null");
        servers = Collections.unmodifiableMap(new LinkedHashMap<>(servers));
        requireNonNull(account, "account is null");
        requireNonNull(reads, "reads is null");
        requireNonNull(consistency, "consistency is null");
        requireNonNull(maxLag, "maxLag is null");
        requireNonNull(hold, "hold is null");
        requireNonNull(replay, "replay is null");
        requireNonNull(pool, "pool is null");
        requireNonNull(tls, "tls is null");
        requireNonNull(serverTls, "serverTls is null");
        requireNonNull(console, "console is null");
    }

    /**
     * Who asks the servers what they are, and what passwords their users have.
     *
     * @param passwordFile whose first line is the password
     */
    public record Account(String user, Path passwordFile) {
        public Account {
            requireNonNull(user, "user is null");
            requireNonNull(passwordFile, "passwordFile is null");
        }
    }

    /** How long a client has a server connection. */
    public enum Pooling {
        /** As long as it is connected. */
        SESSION,
        /** From the beginning of a transaction to its end. */
        TRANSACTION
    }

    /** Where statements go that are certainly reads. */
    public enum Reads {
        /** To the primary, like everything else. */
        PRIMARY,
        /** To a replica that has what {@link Consistency} asks for; or to the primary. */
        REPLICAS
    }
}
