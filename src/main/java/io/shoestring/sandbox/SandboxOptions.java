package io.shoestring.sandbox;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What sandbox is wanted.
 *
 * @param engine what runs the servers
 * @param listen where clients connect; port 0: a free one
 * @param replicas how many besides the primary, 0 to {@link #REPLICAS_MAX}
 * @param keep whether the directory stays after the end
 * @param reads where the listener sends what is certainly a read
 * @param pool how long a client has a server connection
 * @param parent the directory in which the sandbox makes its own; empty: in memory where there is
 *     room, else the machine's temporary one
 */
public record SandboxOptions(
        Engine engine,
        Endpoint listen,
        int replicas,
        boolean keep,
        Reads reads,
        PoolConfig.Mode pool,
        Optional<Path> parent) {
    /** As many as there are letters for names that stay easy to tell apart. */
    public static final int REPLICAS_MAX = 8;

    /** A pair on a free port of the loopback address. */
    public static final SandboxOptions DEFAULT =
            new SandboxOptions(
                    new Endpoint("127.0.0.1", 0), 1, false, Reads.REPLICAS, Optional.empty());

    /** PostgreSQL, and each client has a server connection of its own. */
    public SandboxOptions(
            Endpoint listen, int replicas, boolean keep, Reads reads, Optional<Path> parent) {
        this(Engine.POSTGRESQL, listen, replicas, keep, reads, PoolConfig.Mode.SESSION, parent);
    }

    public SandboxOptions {
        requireNonNull(engine, "engine is null");
        requireNonNull(listen, "listen is null");
        requireNonNull(reads, "reads is null");
        requireNonNull(pool, "pool is null");
        requireNonNull(parent, "parent is null");
        if (replicas < 0 || replicas > REPLICAS_MAX) {
            throw new IllegalArgumentException(
                    "a sandbox has 0 to " + REPLICAS_MAX + " replicas, not " + replicas);
        }
    }

    /** The same at another place. */
    SandboxOptions at(Endpoint address, Optional<Path> directory) {
        return new SandboxOptions(engine, address, replicas, keep, reads, pool, directory);
    }

    /** The same with servers of that engine. */
    public SandboxOptions with(Engine other) {
        return new SandboxOptions(other, listen, replicas, keep, reads, pool, parent);
    }
}
