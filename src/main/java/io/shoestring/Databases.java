package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.config.WeeklyTime;
import io.shoestring.database.FiguresPoller;
import io.shoestring.database.FiguresSource;
import io.shoestring.database.LocalMember;
import io.shoestring.database.mysql.BackupSources;
import io.shoestring.database.mysql.MariaDbFigures;
import io.shoestring.database.mysql.MariaDbMember;
import io.shoestring.database.mysql.TableComparison;
import io.shoestring.database.postgresql.CommitOutcomes;
import io.shoestring.database.postgresql.FiguresReader;
import io.shoestring.database.postgresql.ObservedMember;
import io.shoestring.database.postgresql.PostgresMember;
import io.shoestring.database.postgresql.ReplayPoller;
import io.shoestring.database.postgresql.RolePasswords;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.MachineStatus.FileSystem;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.DiskWatch;
import io.shoestring.monitoring.digest.Dialect;
import io.shoestring.node.Limit;
import io.shoestring.node.Node;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.proxy.postgresql.CommitOutcomeSource;
import io.shoestring.proxy.postgresql.CommitRecord;
import io.shoestring.proxy.postgresql.RolePasswordSource;
import io.shoestring.supervision.Deadman;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a node does for the databases of one configuration: the agents of the members that are here,
 * its part in the decisions, and what its proxies have to know of the servers. With another
 * configuration it is closed and made anew; the servers go on running meanwhile.
 */
final class Databases implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Databases.class);

    private static final Duration COMPARISON_LOOK = Duration.ofSeconds(20);

    private final ShoestringConfig config;
    private final NodeName name;
    private final Clock clock;
    private final Published<Topology> topology;
    private final Function<DatabaseName, FreshnessBoard> freshness;
    private final Map<DatabaseName, RolePasswords> passwords = new HashMap<>();
    private final Map<DatabaseName, CommitOutcomes> outcomes = new HashMap<>();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final BackupLines backups;
    private final MemberGauges gauges = opened(new MemberGauges());
    private final Node node;
    private final DiskWatch disks;
    private final Optional<Deadman> deadman;

    /**
     * Begins.
     *
     * @param surroundings the channel is closed with this
     * @param fingerprint of the configuration that is worked by now
     * @param freshness where the proxies look, by database; outlives this
     */
    Databases(
            ShoestringConfig config,
            Node.Surroundings surroundings,
            NodeName name,
            Supplier<String> fingerprint,
            Function<DatabaseName, FreshnessBoard> freshness) {
        this.config = requireNonNull(config, "config is null");
        this.name = requireNonNull(name, "name is null");
        this.clock = surroundings.clock();
        this.topology = surroundings.topology();
        this.freshness = requireNonNull(freshness, "freshness is null");
        opened(surroundings.channel());
        backups = new BackupLines(surroundings.channel());
        try {
            List<Node.LocalDatabase> local = new ArrayList<>();
            for (DatabaseConfig database : config.databases().values()) {
                local.add(open(database, surroundings));
            }
            node =
                    opened(
                            new Node(
                                    new Node.Identity(
                                            config.cluster().name(),
                                            name,
                                            Version.text(),
                                            fingerprint,
                                            config.cluster().nodes(),
                                            WallClock.system()),
                                    local,
                                    surroundings));
            node.start();
            disks = opened(DiskWatch.start(directories(), surroundings.events()));
            gauges.start();
            deadman = new DeadmanOf(config, name).start(node, clock, surroundings.events());
            deadman.ifPresent(this::opened);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** What must not run out of room on this machine. */
    private List<DiskWatch.Directory> directories() {
        List<DiskWatch.Directory> directories = new ArrayList<>();
        directories.add(
                new DiskWatch.Directory(
                        config.cluster().directory(), "Shoestring's own state", Optional.empty()));
        for (DatabaseConfig database : config.databases().values()) {
            database.members().values().stream()
                    .filter(member -> member.node().equals(name))
                    .map(
                            member ->
                                    new DiskWatch.Directory(
                                            member.data(),
                                            "the data of " + member.name(),
                                            Optional.of(database.name().value())))
                    .forEach(directories::add);
        }
        return directories;
    }

    private void compare(DatabaseConfig database, WeeklyTime time, Node.Surroundings surroundings) {
        opened(
                ComparisonSchedule.start(
                        database.name(),
                        time,
                        new ComparisonSchedule.Surroundings(
                                () ->
                                        topology.get()
                                                .of(database.name())
                                                .primary()
                                                .filter(it -> it.node().equals(name))
                                                .isPresent(),
                                () ->
                                        new TableComparison(
                                                        database,
                                                        config.cluster().nodes(),
                                                        TableComparison.USUAL_ROWS,
                                                        clock)
                                                .run(List.of(), _ -> {}),
                                surroundings.store(),
                                surroundings.events(),
                                WallClock.system(),
                                ZoneId.systemDefault(),
                                COMPARISON_LOOK)));
    }

    private Node.LocalDatabase open(DatabaseConfig database, Node.Surroundings surroundings) {
        List<LocalMember> members = new ArrayList<>();
        for (DatabaseConfig.Member member : database.members().values()) {
            if (member.node().equals(name)) {
                String address = requireNonNull(config.cluster().nodes().get(name), "unknown node");
                members.add(opened(member(database, member, address)));
                addGauges(database, member, address);
            }
        }
        database.observed()
                .forEach(
                        (member, endpoint) ->
                                members.add(
                                        opened(
                                                new ObservedMember(
                                                        member,
                                                        endpoint,
                                                        database.superuser(),
                                                        database.observed().keySet(),
                                                        clock))));
        DatabaseSpec spec =
                database.spec(config.cluster().nodes(), config.cluster().fence().isPresent());
        if (database.engine() == DatabaseConfig.Engine.POSTGRESQL) {
            openQuestions(database, spec);
        }
        database.compareRows().ifPresent(time -> compare(database, time, surroundings));
        return new Node.LocalDatabase(spec, members);
    }

    private void addGauges(DatabaseConfig database, DatabaseConfig.Member member, String address) {
        FiguresSource source =
                switch (database.engine()) {
                    case POSTGRESQL ->
                            new FiguresReader(database, member, address, clock, WallClock.system());
                    case MARIADB ->
                            new MariaDbFigures(
                                    database, member, address, clock, WallClock.system());
                };
        gauges.add(
                new FiguresPoller(database.name(), member.name(), source, clock),
                database.engine() == DatabaseConfig.Engine.POSTGRESQL
                        ? Dialect.POSTGRESQL
                        : Dialect.MYSQL);
    }

    private LocalMember member(
            DatabaseConfig database, DatabaseConfig.Member member, String address) {
        return switch (database.engine()) {
            case POSTGRESQL ->
                    new PostgresMember(database, member, address, clock, WallClock.system());
            case MARIADB -> mariaDbMember(database, member, address);
        };
    }

    private LocalMember mariaDbMember(
            DatabaseConfig database, DatabaseConfig.Member member, String address) {
        BackupSources sources =
                other ->
                        Optional.ofNullable(database.members().get(other))
                                .map(it -> backups.find(database.name(), other, it.node()));
        var made =
                new MariaDbMember(
                        database,
                        member,
                        address,
                        clock,
                        sources,
                        database.followedByPrimary(member.name(), config.cluster().nodes()),
                        WallClock.system());
        backups.add(database.name(), member.name(), made.backup());
        return made;
    }

    /** What postgresql listeners ask; those of mysql ask by themselves. */
    private void openQuestions(DatabaseConfig database, DatabaseSpec spec) {
        passwords.put(database.name(), opened(RolePasswords.of(database, spec, topology, clock)));
        outcomes.put(
                database.name(),
                new CommitOutcomes(database.name(), topology, database.superuser()));
        startPoller(database, freshness.apply(database.name()));
    }

    private void startPoller(DatabaseConfig database, FreshnessBoard board) {
        var listener =
                new ReplayPoller.Listener() {
                    @Override
                    public void applied(MemberName member, long instantNanos) {
                        board.applied(member, instantNanos);
                    }

                    @Override
                    public void forgotten(MemberName member) {
                        board.forgotten(member);
                    }
                };
        opened(
                        new ReplayPoller(
                                database.name(),
                                topology,
                                database.superuser(),
                                clock,
                                listener,
                                board::wanted))
                .start();
    }

    /** Its part in the decisions. */
    Node node() {
        return node;
    }

    /** Where something of ours is kept, and how much room there is. */
    List<FileSystem> fileSystems() {
        return disks.fileSystems();
    }

    /** What the servers on this machine say of themselves. */
    MemberGauges gauges() {
        return gauges;
    }

    /** What the database has stored for a role; answered on a thread of its own. */
    void findPassword(
            DatabaseName database, String role, Consumer<RolePasswordSource.Answer> answer) {
        Optional<RolePasswords> source = Optional.ofNullable(passwords.get(database));
        if (source.isEmpty()) {
            answer.accept(
                    new RolePasswordSource.Answer.Unavailable(
                            "database " + database + " is not in the configuration any more"));
            return;
        }
        Thread.ofVirtual()
                .name("role-password")
                .start(() -> answer.accept(answerOf(source.get().find(role))));
    }

    /** What became of a COMMIT that was on its way; answered on a thread of its own. */
    void findOutcome(
            DatabaseName database,
            CommitRecord commit,
            Consumer<CommitOutcomeSource.Outcome> answer) {
        Optional<CommitOutcomes> source = Optional.ofNullable(outcomes.get(database));
        if (source.isEmpty()) {
            answer.accept(CommitOutcomeSource.Outcome.UNKNOWN);
            return;
        }
        Thread.ofVirtual()
                .name("commit-outcome")
                .start(() -> answer.accept(outcomeOf(source.get(), commit)));
    }

    private static CommitOutcomeSource.Outcome outcomeOf(
            CommitOutcomes source, CommitRecord commit) {
        return switch (source.find(commit.transaction(), commit.timeline(), commit.position())) {
            case COMMITTED -> CommitOutcomeSource.Outcome.COMMITTED;
            case ABSENT -> CommitOutcomeSource.Outcome.ABSENT;
            case UNKNOWN -> CommitOutcomeSource.Outcome.UNKNOWN;
            case UNAVAILABLE -> CommitOutcomeSource.Outcome.UNAVAILABLE;
        };
    }

    private static RolePasswordSource.Answer answerOf(RolePasswords.Answer found) {
        return switch (found) {
            case RolePasswords.Answer.Found stored ->
                    new RolePasswordSource.Answer.Stored(stored.storedPassword());
            case RolePasswords.Answer.NoPassword _ -> new RolePasswordSource.Answer.None();
            case RolePasswords.Answer.NoSuchRole _ -> new RolePasswordSource.Answer.None();
            case RolePasswords.Answer.Unavailable nobody ->
                    new RolePasswordSource.Answer.Unavailable(nobody.sentence());
        };
    }

    private <T extends AutoCloseable> T opened(T resource) {
        started.push(resource);
        return resource;
    }

    /**
     * Ends it until another one is made, here or by the node's next process. What the deadman was
     * told holds on: a primary whose lease nobody renews is stopped before another member may take
     * over.
     *
     * @return the leases that are held, for {@link #goOn}
     */
    List<Limit> closeForNow() {
        List<Limit> held = node.limits();
        boolean guarded = deadman.isPresent() && !held.isEmpty();
        if (guarded) {
            LOG.info(
                    "The primary here goes on for as long as its lease lasts, some seconds, and is"
                            + " stopped then unless this node is back.");
        }
        deadman.ifPresent(Deadman::handOver);
        close();
        return held;
    }

    /** Decides nothing any more; the servers go on. */
    void retire() {
        node.retire();
    }

    /** Renews what the one before this held, of the members that are still here. */
    void goOn(List<Limit> held) {
        node.goOn(held);
    }

    /** Ends it for good, newest first; the servers go on running, and are nobody's. */
    @Override
    public void close() {
        while (!started.isEmpty()) {
            AutoCloseable resource = started.pop();
            try {
                resource.close();
            } catch (Exception e) {
                LOG.warn("closing {}: {}", resource.getClass().getSimpleName(), e.toString());
            }
        }
    }
}
