package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How clients of a PostgreSQL listener come by server connections. All but the mode counts only
 * where they share them.
 *
 * @param sizes how many connections there may be
 * @param patience how long a request waits for one of them before it is answered with an error
 * @param idle after which a connection that nobody uses is closed
 * @param lifetime after which a connection is closed as soon as nobody uses it
 * @param afterLoss what becomes of a client that listens when notifications may have been lost
 */
public record PoolConfig(
        Mode mode,
        PoolSizes sizes,
        Duration patience,
        Duration idle,
        Duration lifetime,
        AfterLoss afterLoss) {
    public PoolConfig {
        requireNonNull(mode, "mode is null");
        requireNonNull(sizes, "sizes is null");
        requireNonNull(patience, "patience is null");
        requireNonNull(idle, "idle is null");
        requireNonNull(lifetime, "lifetime is null");
        requireNonNull(afterLoss, "afterLoss is null");
    }

    /** Each client has its own server connection. */
    public static PoolConfig session() {
        return new PoolConfig(
                Mode.SESSION,
                PoolSizes.ofEach(20),
                Duration.ofSeconds(30),
                Duration.ofMinutes(10),
                Duration.ofMinutes(60),
                AfterLoss.END);
    }

    /** What a client that listens is told when notifications may have been lost. */
    public enum AfterLoss {
        /** Its connection ends, as with a server. */
        END,
        /** A warning; it goes on listening. */
        WARN
    }

    /** How long a client has a server connection. */
    public enum Mode {
        /** As long as it is connected. */
        SESSION,
        /** From the beginning of a transaction to its end. */
        TRANSACTION,
        /** For one statement; a transaction block ends the client's connection. */
        STATEMENT;

        /** Whether a server connection goes from client to client. */
        public boolean shares() {
            return this != SESSION;
        }
    }
}
