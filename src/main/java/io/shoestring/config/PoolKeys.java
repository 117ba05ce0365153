package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** How many clients and server connections there may be: keys of a PostgreSQL listener. */
final class PoolKeys {
    static final Format<Integer> SIZES =
            Formats.wholeNumber("number of server connections", 1, 10_000);

    static final Value<Integer> MAX_CONNECTIONS_OF_USER =
            optional(
                    "max-connections-per-user",
                    Formats.wholeNumber("number of connections", 1, 1_000_000),
                    "as many as `max-connections` allows",
                    "200",
                    "How many clients may be connected as the same user at the same time, on each"
                            + " node.");

    static final Value<PoolConfig.Mode> MODE =
            byDefault(
                    "mode",
                    Formats.choice("pool mode", PoolConfig.Mode.class),
                    "session",
                    "transaction",
                    "How long a client has a server connection. `session`: as long as it is"
                            + " connected. `transaction`: from the beginning of a transaction to"
                            + " its end; a client that leaves something in its session which"
                            + " others must not meet keeps it. `statement`: for one statement; a"
                            + " client that begins a transaction block is disconnected.");

    static final Value<Integer> SIZE =
            byDefault(
                    "size",
                    SIZES,
                    "20",
                    "20",
                    "Server connections at most for each user, database and member, on each node."
                            + " Only where connections are shared, as are the keys below.");

    static final Value<Integer> USER_LIMIT =
            optional(
                    "user-limit",
                    SIZES,
                    "as many as the other limits allow",
                    "60",
                    "Server connections at most for each user and member, whatever the database,"
                            + " on each node.");

    static final Value<Integer> DATABASE_LIMIT =
            optional(
                    "database-limit",
                    SIZES,
                    "as many as the other limits allow",
                    "80",
                    "Server connections at most for each database of a server and each member,"
                            + " whoever the user, on each node.");

    static final Value<Integer> MEMBER_LIMIT =
            optional(
                    "member-limit",
                    SIZES,
                    "as many as the other limits allow",
                    "90",
                    "Server connections of the listener at most to each member, on each node."
                            + " Together with what else connects there they should stay below the"
                            + " server's `max_connections`.");

    static final Value<Integer> MINIMUM =
            byDefault(
                    "minimum",
                    Formats.wholeNumber("number of server connections", 0, 10_000),
                    "0",
                    "2",
                    "Server connections that are kept open for each user and database with a"
                            + " client, to the primary, and to each replica if `reads` go there."
                            + " They are opened before they are needed, also to the next primary."
                            + " Only as far as the limits allow.");

    static final Value<Duration> WAIT =
            byDefault(
                    "wait",
                    Formats.DURATION_TEXT,
                    "30s",
                    "30s",
                    "How long a request waits for a server connection while all are in use, before"
                            + " it is answered with an error. Who waited first gets the first that"
                            + " is free; after 5 s the client is told with a notice.");

    static final Value<Duration> IDLE =
            byDefault(
                    "idle",
                    Formats.DURATION_TEXT,
                    "10m",
                    "10m",
                    "A server connection that nobody has used for so long is closed.");

    static final Value<Duration> LIFETIME =
            byDefault(
                    "lifetime",
                    Formats.DURATION_TEXT,
                    "60m",
                    "60m",
                    "A server connection that is older is closed when its transaction ends, and a"
                            + " new one is opened in its place.");

    static final Value<PoolConfig.AfterLoss> LOST_NOTIFICATIONS =
            byDefault(
                    "lost-notifications",
                    Formats.choice("answer", PoolConfig.AfterLoss.class),
                    "end",
                    "warn",
                    "What becomes of a client that shares server connections and listens (`LISTEN`)"
                            + " when notifications may have been lost, as in a failover. `end`: its"
                            + " connection ends, as it would with a server. `warn`: it goes on"
                            + " listening at the next primary, and gets a warning once it does.");

    static final Section POOL =
            new Section(
                    "pool",
                    "a pool",
                    new Need.Otherwise("its keys have their defaults"),
                    "How clients come by server connections.",
                    List.of(
                            MODE,
                            SIZE,
                            USER_LIMIT,
                            DATABASE_LIMIT,
                            MEMBER_LIMIT,
                            MINIMUM,
                            WAIT,
                            IDLE,
                            LIFETIME,
                            LOST_NOTIFICATIONS));

    private PoolKeys() {}

    static PoolConfig build(Fields fields) {
        return new PoolConfig(
                fields.sound(MODE),
                sizes(fields),
                fields.sound(WAIT),
                fields.sound(IDLE),
                fields.sound(LIFETIME),
                fields.sound(LOST_NOTIFICATIONS));
    }

    private static PoolSizes sizes(Fields fields) {
        return new PoolSizes(
                fields.sound(SIZE),
                number(fields, USER_LIMIT),
                number(fields, DATABASE_LIMIT),
                number(fields, MEMBER_LIMIT),
                fields.sound(MINIMUM));
    }

    /** Clients of one user at the same time. */
    static OptionalInt ofUser(Fields listener) {
        return number(listener, MAX_CONNECTIONS_OF_USER);
    }

    private static OptionalInt number(Fields fields, Value<Integer> key) {
        return fields.value(key).map(it -> OptionalInt.of(it.value())).orElse(OptionalInt.empty());
    }

    /** What is kept open must be allowed to be open. */
    static void check(Fields pool, Problems problems) {
        Optional<Placed<Integer>> minimum = pool.value(MINIMUM);
        Optional<Placed<Integer>> size = pool.value(SIZE);
        if (minimum.isPresent() && size.isPresent()) {
            int most = size.get().value();
            if (minimum.get().value() > most) {
                problems.add(
                        minimum.get().spot(),
                        minimum.get().value() + " is more than the size, which is " + most,
                        Optional.of("make 'size' larger, or 'minimum' smaller"));
            }
        }
    }
}
