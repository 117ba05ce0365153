package io.shoestring.database.mysql;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberSpec;
import io.shoestring.protocol.mysql.MysqlViolation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the servers have stored as a user's passwords, so that a proxy can check a client's. A user
 * may have several, for several hosts.
 *
 * <p>An answer is kept for ten seconds, so that a storm of log-ins costs one question; while no
 * server can be asked, an older one is given. A server decides for itself anyway when the session
 * comes to it. Blocks; any thread that may.
 */
public final class StoredPasswords {
    private static final int ANSWER_MILLIS_MAX = 2_000;
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long FAILURE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int USERS_MAX = 10_000;

    /**
     * One row of {@code mysql.user}.
     *
     * @param method of authentication
     * @param stored what the method has stored: as good as a password for some, not to be shown
     */
    public record Stored(String method, String stored) {
        public Stored {
            requireNonNull(method, "method is null");
            requireNonNull(stored, "stored is null");
        }

        @Override
        public String toString() {
            return "Stored[" + method + "]";
        }
    }

    /** What was found. */
    public sealed interface Answer {
        /** The user's rows; none: there is no such user. */
        record Found(List<Stored> rows) implements Answer {
            public Found {
                rows = List.copyOf(rows);
            }
        }

        /** Nobody could be asked. */
        record Unavailable(String sentence) implements Answer {}
    }

    private record Remembered(List<Stored> rows, long atNanos) {}

    private final RoleWatch watch;
    private final String user;
    private final byte[] password;
    private final Clock clock;
    private final ReentrantLock asking = new ReentrantLock();
    private final Map<String, Remembered> cache =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Remembered> eldest) {
                    return size() > USERS_MAX;
                }
            };
    private String failure = "";
    private long failedAtNanos;

    /**
     * @param watch whose servers are asked, the primary first
     */
    public StoredPasswords(RoleWatch watch, String user, byte[] password, Clock clock) {
        this.watch = requireNonNull(watch, "watch is null");
        this.user = requireNonNull(user, "user is null");
        this.password = password.clone();
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** The passwords of a user. */
    public Answer find(String wanted) {
        asking.lock();
        try {
            Optional<Remembered> known = Optional.ofNullable(cache.get(wanted));
            long now = clock.nanos();
            if (known.filter(it -> now - it.atNanos() < FRESH_NANOS).isPresent()) {
                return new Answer.Found(known.get().rows());
            }
            boolean justFailed = !failure.isEmpty() && now - failedAtNanos < FAILURE_NANOS;
            Optional<Answer> asked = justFailed ? Optional.empty() : ask(wanted);
            return asked.or(() -> known.map(it -> new Answer.Found(it.rows())))
                    .orElseGet(
                            () ->
                                    new Answer.Unavailable(
                                            "no server can be asked for the password: " + failure));
        } finally {
            asking.unlock();
        }
    }

    private Optional<Answer> ask(String wanted) {
        for (MemberSpec server : candidates()) {
            try (ServerConnection connection =
                    new ServerConnection(server.endpoint(), user, password, ANSWER_MILLIS_MAX)) {
                List<Stored> rows =
                        connection.ask(question(wanted)).stream()
                                .map(row -> new Stored(row.get(0), row.get(1)))
                                .toList();
                cache.put(wanted, new Remembered(rows, clock.nanos()));
                failure = "";
                return Optional.of(new Answer.Found(rows));
            } catch (IOException | MysqlException | MysqlViolation e) {
                failure = server.name() + ": " + e.getMessage();
                failedAtNanos = clock.nanos();
            }
        }
        return Optional.empty();
    }

    private static String question(String wanted) {
        String hex = HexFormat.of().formatHex(wanted.getBytes(StandardCharsets.UTF_8));
        return "SELECT plugin, authentication_string FROM mysql.user WHERE user = "
                + (hex.isEmpty() ? "''" : "_utf8mb4 x'" + hex + "'");
    }

    private Set<MemberSpec> candidates() {
        DatabaseTopology now = watch.topology().get();
        Set<MemberSpec> candidates = new LinkedHashSet<>();
        now.primary().ifPresent(candidates::add);
        candidates.addAll(now.replicas());
        candidates.addAll(watch.servers());
        return candidates;
    }
}
