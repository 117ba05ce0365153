package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.config.DatabaseConfig.Superuser;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Topology;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Finds out how fresh each replica is, in time: up to which instant it has applied everything that
 * was acknowledged by the primary. A session reads its own writes on a replica whose instant is
 * after the acknowledgement of the session's last write.
 *
 * <p>How: at an instant the primary is asked where its log ends. Everything acknowledged before
 * that instant lies before that end. A replica that streams from this primary, on its timeline, and
 * has replayed up to that end, has applied all that.
 *
 * <p>What can hurt: a replica that crashes comes back with an older state than its readers have
 * seen, and it may be back before its new instant is. So an instant proves something on a server
 * connection only if that connection was opened <em>before</em> the instant. INVARIANT: samples
 * taken from one primary in one epoch are never used in another.
 *
 * <p>One virtual thread; the listener is called on it and must return at once.
 */
public final class ReplayPoller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayPoller.class);
    private static final int BUSY_MILLIS = 5;
    private static final int IDLE_MILLIS = 1_000;

    /**
     * The insert position and not the flushed one, which the observer of a member asks for: a
     * commit with synchronous_commit = off is acknowledged and visible before it is flushed, so the
     * flushed position may lie before it, and a replica that has reached that need not have the
     * commit. A commit lies before the insert position whichever way it was made. The price: what
     * is inserted and not flushed no replica can have yet; it is at most three rounds of the WAL
     * writer (0.6 s usually), and only while nothing commits synchronously. At the border of a page
     * the insert position is rounded down to what a replica can reach, see {@link LogLayout}.
     */
    private static final String PRIMARY_QUESTION =
            "SELECT pg_current_wal_insert_lsn()::text, pg_walfile_name(pg_current_wal_lsn())";

    private static final String REPLICA_QUESTION =
            """
            SELECT pg_last_wal_replay_lsn()::text, r.received_tli, r.sender_host, r.sender_port
            FROM pg_stat_get_wal_receiver() r
            WHERE pg_is_in_recovery() AND r.status = 'streaming'
            """;

    /** Who is told. */
    public interface Listener {
        /**
         * The replica has applied everything that was acknowledged before that instant of the
         * clock.
         */
        void applied(MemberName member, long instantNanos);

        /** Nothing that was said of this replica holds any more. */
        void forgotten(MemberName member);
    }

    private record PrimaryEnd(int timeline, Lsn insertPosition) {}

    private record Replayed(Lsn position, int timeline, Endpoint sender) {}

    private final DatabaseName database;
    private final Published<Topology> topology;
    private final ServerLogin login;
    private final Clock clock;
    private final Listener listener;
    private final BooleanSupplier wanted;

    // Only used by the polling thread.
    private final ReplaySamples samples = new ReplaySamples();
    private final Map<MemberName, PolledServer> replicas = new HashMap<>();
    private final Set<MemberName> claimed = new HashSet<>();
    private long epoch;
    private int timeline;
    private @Nullable MemberSpec source;
    private @Nullable PolledServer primary;

    private volatile boolean closed;
    private volatile @Nullable Thread thread;

    /**
     * Nothing is polled until {@link #start}.
     *
     * @param superuser the role to ask with
     * @param wanted whether somebody needs fresh answers: then it polls every 5 ms, else once a
     *     second
     */
    public ReplayPoller(
            DatabaseName database,
            Published<Topology> topology,
            Superuser superuser,
            Clock clock,
            Listener listener,
            BooleanSupplier wanted) {
        this.database = requireNonNull(database, "database is null");
        this.topology = requireNonNull(topology, "topology is null");
        this.login = new ServerLogin(superuser);
        this.clock = requireNonNull(clock, "clock is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.wanted = requireNonNull(wanted, "wanted is null");
    }

    /** Begins to poll. */
    public void start() {
        thread = Thread.ofVirtual().name("shoestring-replay-" + database).start(this::run);
    }

    private void run() {
        while (!closed) {
            try {
                poll();
                Thread.sleep(wanted.getAsBoolean() ? BUSY_MILLIS : IDLE_MILLIS);
            } catch (InterruptedException e) {
                LOG.debug("The poller of {} is asked to end", database);
            } catch (RuntimeException e) {
                LOG.error("A mistake of ours in the poller of {}; it begins anew", database, e);
                forgetSource();
            }
        }
        forgetSource();
    }

    private void poll() {
        DatabaseTopology now = topology.get().of(database);
        if (!isSource(now)) {
            forgetSource();
            now.primary().ifPresent(member -> begin(now.epoch(), member));
        }
        forgetReplicasOtherThan(now);
        PolledServer asked = primary;
        if (asked == null) {
            return;
        }
        long instant = clock.nanos();
        Optional<PrimaryEnd> end = asked.ask(ReplayPoller::primaryEnd);
        // A primary of the past may have answered: what it says counts for nothing.
        if (end.isPresent() && isSource(topology.get().of(database))) {
            sample(end.get(), instant, asked.layout());
            now.replicas().forEach(this::pollReplica);
        }
    }

    private boolean isSource(DatabaseTopology now) {
        MemberSpec current = source;
        return now.epoch() == epoch
                && (current == null
                        ? now.primary().isEmpty()
                        : now.primary().filter(current::equals).isPresent());
    }

    private void begin(long newEpoch, MemberSpec member) {
        epoch = newEpoch;
        source = member;
        primary = new PolledServer(member.endpoint(), login, PRIMARY_QUESTION, clock);
    }

    private void forgetSource() {
        epoch = 0;
        timeline = 0;
        source = null;
        samples.clear();
        if (primary != null) {
            primary.close();
            primary = null;
        }
        Set.copyOf(replicas.keySet()).forEach(this::forget);
    }

    private void sample(PrimaryEnd end, long instant, LogLayout layout) {
        if (end.timeline() != timeline) {
            samples.clear();
            timeline = end.timeline();
        }
        samples.add(layout.endOfLastRecord(end.insertPosition()), instant);
    }

    private void pollReplica(MemberSpec member) {
        PolledServer server =
                replicas.computeIfAbsent(
                        member.name(),
                        name ->
                                new PolledServer(
                                        member.endpoint(), login, REPLICA_QUESTION, clock));
        Optional<Replayed> replayed = server.ask(ReplayPoller::replayed);
        if (replayed.isEmpty()) {
            retract(member.name());
        } else if (followsSource(replayed.get())) {
            samples.reachedBy(replayed.get().position())
                    .ifPresent(instant -> claim(member.name(), instant));
        }
    }

    private void claim(MemberName member, long instant) {
        claimed.add(member);
        listener.applied(member, instant);
    }

    private void retract(MemberName member) {
        if (claimed.remove(member)) {
            listener.forgotten(member);
        }
    }

    private boolean followsSource(Replayed replayed) {
        MemberSpec current = source;
        return current != null
                && replayed.timeline() == timeline
                && replayed.sender().equals(current.endpoint());
    }

    private void forgetReplicasOtherThan(DatabaseTopology now) {
        Map<MemberName, Endpoint> wantedReplicas =
                now.replicas().stream()
                        .collect(Collectors.toMap(MemberSpec::name, MemberSpec::endpoint));
        for (Map.Entry<MemberName, PolledServer> entry : Map.copyOf(replicas).entrySet()) {
            if (!entry.getValue().endpoint().equals(wantedReplicas.get(entry.getKey()))) {
                forget(entry.getKey());
            }
        }
    }

    private void forget(MemberName member) {
        PolledServer server = replicas.remove(member);
        if (server != null) {
            server.close();
            retract(member);
        }
    }

    private static PrimaryEnd primaryEnd(ResultSet row) throws SQLException {
        return new PrimaryEnd(
                Integer.parseUnsignedInt(row.getString(2), 0, 8, 16), Lsn.parse(row.getString(1)));
    }

    /** No row: it streams from nobody. That is no answer. */
    private static Replayed replayed(ResultSet row) throws SQLException {
        return new Replayed(
                Lsn.parse(row.getString(1)),
                row.getInt(2),
                new Endpoint(row.getString(3), row.getInt(4)));
    }

    @Override
    public void close() {
        closed = true;
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }
}
