package io.shoestring.database.mysql;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.ServerGreeting;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Asks some servers, again and again, which part they have and what they have applied, and
 * publishes a {@link DatabaseTopology}. One thread for each server, so that one that hangs keeps no
 * other waiting.
 *
 * <p>Freshness is an instant: the primary is asked at instant <em>t</em> where its log ends; a
 * replica that has applied that much has everything that was acknowledged before <em>t</em>.
 */
public final class RoleWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RoleWatch.class);
    private static final int ANSWER_MILLIS_MAX = 2_000;
    private static final long PAUSE_MILLIS = 250;
    private static final long WANTED_PAUSE_MILLIS = 5;
    private static final int SAMPLES_MAX = 256;

    /** A replica that is further behind takes no reads at all. */
    private static final long LAG_NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

    private static final String READ_ONLY = "SELECT @@global.read_only";
    private static final String OF_MARIADB = ", @@global.gtid_current_pos, @@global.gtid_slave_pos";
    private static final String OF_MYSQL = ", @@global.gtid_executed, @@global.gtid_executed";

    /** Who wants to know what replicas have applied; called on the watch's threads. */
    public interface Freshness {
        /** A replica has everything that was acknowledged before that instant. */
        void applied(MemberName replica, long instantNanos);

        /** What was said of this replica does not hold any more. */
        void forgotten(MemberName replica);

        /** Whether a session has lately asked, so that it pays to look often. */
        boolean wanted();
    }

    private record Sample(long atNanos, GtidPosition position) {}

    private final String name;
    private final Map<String, MemberSpec> servers = new LinkedHashMap<>();
    private final String user;
    private final byte[] password;
    private final Clock clock;
    private final Freshness freshness;
    private final Published<DatabaseTopology> topology;
    private final List<Thread> threads;
    private final Map<String, Roles.Look> looks = new LinkedHashMap<>();
    private final Map<String, Long> coveredAt = new LinkedHashMap<>();
    private final Deque<Sample> samples = new ArrayDeque<>();
    private final boolean decides;
    private long epoch;
    private volatile @Nullable ServerGreeting greeting;
    private volatile boolean closed;

    /**
     * Begins to look, where somebody else decides who the primary is.
     *
     * @param name of what the servers are together, for people
     * @param decided who is what; published by that other
     */
    public static RoleWatch of(
            String name,
            Map<String, Endpoint> endpoints,
            String user,
            byte[] password,
            Clock clock,
            Freshness freshness,
            Published<DatabaseTopology> decided) {
        return new RoleWatch(name, endpoints, user, password, clock, freshness, decided, false);
    }

    /**
     * Begins to look, and to say who the primary is.
     *
     * @param name of what the servers are together, for people
     */
    public RoleWatch(
            String name,
            Map<String, Endpoint> endpoints,
            String user,
            byte[] password,
            Clock clock,
            Freshness freshness) {
        this(
                name,
                endpoints,
                user,
                password,
                clock,
                freshness,
                new Published<>(DatabaseTopology.unknown(new DatabaseName(name))),
                true);
    }

    private RoleWatch(
            String name,
            Map<String, Endpoint> endpoints,
            String user,
            byte[] password,
            Clock clock,
            Freshness freshness,
            Published<DatabaseTopology> topology,
            boolean decides) {
        this.name = requireNonNull(name, "name is null");
        this.user = requireNonNull(user, "user is null");
        this.password = password.clone();
        this.clock = requireNonNull(clock, "clock is null");
        this.freshness = requireNonNull(freshness, "freshness is null");
        endpoints.forEach((server, at) -> servers.put(server, member(server, at)));
        this.topology = requireNonNull(topology, "topology is null");
        this.decides = decides;
        this.threads =
                servers.values().stream()
                        .map(
                                server ->
                                        Thread.ofVirtual()
                                                .name("roles of " + name + ": " + server.name())
                                                .unstarted(() -> watch(server)))
                        .toList();
        threads.forEach(Thread::start);
    }

    private static MemberSpec member(String name, Endpoint at) {
        return new MemberSpec(new MemberName(name), new NodeName(name), at, 1);
    }

    /** Who is what. */
    public Published<DatabaseTopology> topology() {
        return topology;
    }

    /** What a server of them has said when it was reached; the primary, if it could be. */
    public Optional<ServerGreeting> greeting() {
        return Optional.ofNullable(greeting);
    }

    /** All servers. */
    List<MemberSpec> servers() {
        return List.copyOf(servers.values());
    }

    private void watch(MemberSpec server) {
        while (!closed) {
            try (ServerConnection connection =
                    new ServerConnection(server.endpoint(), user, password, ANSWER_MILLIS_MAX)) {
                while (!closed) {
                    look(server, connection);
                    Thread.sleep(freshness.wanted() ? WANTED_PAUSE_MILLIS : PAUSE_MILLIS);
                }
            } catch (IOException | MysqlException | MysqlViolation e) {
                silent(server, String.valueOf(e.getMessage()));
            } catch (InterruptedException _) {
                return;
            }
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    private void look(MemberSpec server, ServerConnection connection)
            throws IOException, MysqlException {
        long asked = clock.nanos();
        List<String> row =
                connection
                        .ask(READ_ONLY + (connection.isMariaDb() ? OF_MARIADB : OF_MYSQL))
                        .getFirst();
        boolean writable = row.getFirst().equals("0") || row.getFirst().equalsIgnoreCase("off");
        GtidPosition ofPrimary = GtidPosition.parse(row.get(1));
        GtidPosition ofReplica = GtidPosition.parse(row.get(2));
        synchronized (this) {
            if (closed) {
                return;
            }
            if (writable || greeting == null) {
                greeting = connection.greeting();
            }
            looks.put(server.name().value(), new Roles.Look.Answered(writable));
            if (!decides) {
                forgetFormerEpoch();
            }
            if (isPrimary(server)) {
                samples.addLast(new Sample(asked, ofPrimary));
                if (samples.size() > SAMPLES_MAX) {
                    samples.removeFirst();
                }
            } else {
                cover(server, ofReplica);
            }
            decide();
        }
    }

    /** The newest sample that the replica has applied says how fresh it is. */
    private void cover(MemberSpec replica, GtidPosition applied) {
        var newestFirst = samples.descendingIterator();
        while (newestFirst.hasNext()) {
            Sample sample = newestFirst.next();
            if (applied.covers(sample.position())) {
                coveredAt.put(replica.name().value(), sample.atNanos());
                freshness.applied(replica.name(), sample.atNanos());
                return;
            }
        }
    }

    private synchronized void silent(MemberSpec server, String why) {
        if (closed) {
            return;
        }
        looks.put(server.name().value(), new Roles.Look.Silent(why));
        coveredAt.remove(server.name().value());
        freshness.forgotten(server.name());
        decide();
    }

    /** Called with the lock: publishes if something has changed. */
    private void decide() {
        if (!decides) {
            return;
        }
        if (looks.size() < servers.size()) {
            return;
        }
        DatabaseTopology before = topology.get();
        var decision =
                Roles.decide(before.primary().map(each -> each.name().value()), Map.copyOf(looks));
        Optional<MemberSpec> primary = decision.primary().map(servers::get);
        List<MemberSpec> replicas =
                servers.values().stream()
                        .filter(each -> primary.filter(each::equals).isEmpty())
                        .filter(this::isReplica)
                        .toList();
        boolean same = primary.equals(before.primary()) && epoch > 0;
        if (same
                && replicas.equals(before.replicas())
                && decision.reason().equals(before.reason())) {
            return;
        }
        if (!same) {
            epoch++;
            samples.clear();
            coveredAt.clear();
            replicas = List.of();
            servers.values().forEach(each -> freshness.forgotten(each.name()));
        }
        if (!decision.reason().equals(before.reason())) {
            LOG.info("listener {}: {}", name, decision.reason());
        }
        topology.publish(
                new DatabaseTopology(
                        before.database(),
                        epoch,
                        primary,
                        false,
                        // Nobody here has a lease: the servers' own word counts.
                        clock.nanos() + Long.MAX_VALUE / 2,
                        replicas,
                        decision.reason()));
    }

    /** What was sampled of another primary says nothing of this one. */
    private void forgetFormerEpoch() {
        if (topology.get().epoch() != epoch) {
            epoch = topology.get().epoch();
            samples.clear();
            servers.values().forEach(each -> freshness.forgotten(each.name()));
        }
    }

    /** By its name: who decides knows more of its members than this. */
    private boolean isPrimary(MemberSpec server) {
        return topology.get().primary().filter(it -> it.name().equals(server.name())).isPresent();
    }

    private boolean isReplica(MemberSpec server) {
        Long covered = coveredAt.get(server.name().value());
        return covered != null
                && clock.nanos() - covered < LAG_NANOS_MAX
                && looks.get(server.name().value()) instanceof Roles.Look.Answered(boolean writable)
                && !writable;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        threads.forEach(Thread::interrupt);
    }
}
