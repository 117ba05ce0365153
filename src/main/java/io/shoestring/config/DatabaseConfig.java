package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.LossLimit;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Protection;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A replicated database.
 *
 * @param engine what runs its members
 * @param programs the directory of {@code postgres}, {@code pg_ctl} and the others; empty: found by
 *     the data directory's version
 * @param cloneRate how much a new replica may copy at most, in megabytes (2^20 bytes) per second;
 *     empty: as fast as it can
 * @param superuser the role by which the agent works, from the node's own machine
 * @param members the servers that are handled; empty if the database is only observed
 * @param observed where the servers are that somebody else handles; empty if they are handled here
 * @param authQuery how the passwords of roles are asked for; empty: by the superuser
 * @param lossLimit what a failover without synchronous replication may lose
 * @param topology who replicates from whom
 * @param compareRows when the replicas' rows are compared with the primary's; empty: never
 */
public record DatabaseConfig(
        DatabaseName name,
        Engine engine,
        Protection protection,
        Optional<Path> programs,
        OptionalInt cloneRate,
        Superuser superuser,
        Optional<AuthQuery> authQuery,
        Map<MemberName, Member> members,
        Map<MemberName, Endpoint> observed,
        LossLimit lossLimit,
        Topology topology,
        Optional<WeeklyTime> compareRows) {
    public DatabaseConfig {
        requireNonNull(compareRows, "compareRows is null");
        requireNonNull(topology, "topology is null");
        requireNonNull(lossLimit, "lossLimit is null");
        requireNonNull(name, "name is null");
        requireNonNull(engine, "engine is null");
        requireNonNull(protection, "protection is null");
        requireNonNull(programs, "programs is null");
        requireNonNull(cloneRate, "cloneRate is null");
        requireNonNull(superuser, "superuser is null");
        requireNonNull(authQuery, "authQuery is null");
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        observed = Collections.unmodifiableMap(new LinkedHashMap<>(observed));
    }

    /** What runs the members of a database. */
    public enum Engine {
        POSTGRESQL,
        MARIADB
    }

    /** Who replicates from whom. */
    public enum Topology {
        /** The replicas from the primary. */
        ONE_WAY,
        /** The primary from the other member that may be promoted, too. */
        MUTUAL
    }

    /** With the usual limit of what may be lost. */
    public DatabaseConfig(
            DatabaseName name,
            Engine engine,
            Protection protection,
            Optional<Path> programs,
            OptionalInt cloneRate,
            Superuser superuser,
            Optional<AuthQuery> authQuery,
            Map<MemberName, Member> members,
            Map<MemberName, Endpoint> observed) {
        this(
                name,
                engine,
                protection,
                programs,
                cloneRate,
                superuser,
                authQuery,
                members,
                observed,
                LossLimit.USUAL,
                Topology.ONE_WAY,
                Optional.empty());
    }

    /** That is managed. */
    public DatabaseConfig(
            DatabaseName name,
            Engine engine,
            Protection protection,
            Optional<Path> programs,
            OptionalInt cloneRate,
            Superuser superuser,
            Optional<AuthQuery> authQuery,
            Map<MemberName, Member> members) {
        this(
                name,
                engine,
                protection,
                programs,
                cloneRate,
                superuser,
                authQuery,
                members,
                Map.of());
    }

    /** Whether its members are handled; else they are only looked at. */
    public boolean managed() {
        return observed.isEmpty();
    }

    /** Whose superuser reads the passwords of roles. */
    public DatabaseConfig(
            DatabaseName name,
            Engine engine,
            Protection protection,
            Optional<Path> programs,
            OptionalInt cloneRate,
            Superuser superuser,
            Map<MemberName, Member> members) {
        this(name, engine, protection, programs, cloneRate, superuser, Optional.empty(), members);
    }

    /**
     * The role by which the agent works; its password is the file's first line.
     *
     * @param tls how its connections are encrypted; empty: if the server can
     */
    public record Superuser(String name, Path passwordFile, Optional<ServerTls> tls) {
        public Superuser {
            requireNonNull(name, "name is null");
            requireNonNull(passwordFile, "passwordFile is null");
            requireNonNull(tls, "tls is null");
        }

        /** Whose connections are encrypted if the server can. */
        public Superuser(String name, Path passwordFile) {
            this(name, passwordFile, Optional.empty());
        }
    }

    /**
     * One server of the database.
     *
     * @param node the machine that it lives on
     * @param data its data directory
     * @param configFile the server's main settings file; empty to have it found
     * @param priority among equally advanced members the higher one is promoted; 0 means never
     * @param delay how much later it applies the log, if it does so on purpose
     * @param upstream the member that it gets its log from while both are replicas
     */
    public record Member(
            MemberName name,
            NodeName node,
            Path data,
            Optional<Path> configFile,
            int port,
            int priority,
            Optional<Delay> delay,
            Optional<MemberName> upstream) {
        public Member {
            requireNonNull(upstream, "upstream is null");
            requireNonNull(delay, "delay is null");
            requireNonNull(name, "name is null");
            requireNonNull(node, "node is null");
            requireNonNull(data, "data is null");
            requireNonNull(configFile, "configFile is null");
        }

        /** Whose settings are where its data is, or where Debian puts them. */
        public Member(MemberName name, NodeName node, Path data, int port, int priority) {
            this(
                    name,
                    node,
                    data,
                    Optional.empty(),
                    port,
                    priority,
                    Optional.empty(),
                    Optional.empty());
        }
    }

    /**
     * The part that the decision needs.
     *
     * @param nodes the machines' addresses
     * @param fenceable whether there is a command that switches a machine off
     */
    public DatabaseSpec spec(Map<NodeName, String> nodes, boolean fenceable) {
        return new DatabaseSpec(
                name,
                protection,
                managed() ? handled(nodes) : lookedAt(nodes),
                fenceable && managed(),
                engine == Engine.POSTGRESQL,
                managed(),
                lossLimit);
    }

    /**
     * Whom a member follows, too, while it is the primary; empty if it follows nobody then.
     *
     * @param nodes the machines' addresses
     */
    public Optional<MemberSpec> followedByPrimary(MemberName member, Map<NodeName, String> nodes) {
        return topology == Topology.ONE_WAY || priority(member) == 0
                ? Optional.empty()
                : handled(nodes).stream()
                        .filter(other -> other.priority() > 0 && !other.name().equals(member))
                        .findFirst();
    }

    private int priority(MemberName member) {
        return requireNonNull(members.get(member), "unknown member").priority();
    }

    private List<MemberSpec> handled(Map<NodeName, String> nodes) {
        return members.values().stream()
                .map(
                        member ->
                                new MemberSpec(
                                        member.name(),
                                        member.node(),
                                        new Endpoint(
                                                requireNonNull(
                                                        nodes.get(member.node()), "unknown node"),
                                                member.port()),
                                        member.priority(),
                                        member.delay(),
                                        member.upstream()))
                .toList();
    }

    /** One that is on no machine of the cluster has a node of its own name. */
    private List<MemberSpec> lookedAt(Map<NodeName, String> nodes) {
        return observed.entrySet().stream()
                .map(
                        each ->
                                new MemberSpec(
                                        each.getKey(),
                                        nodes.entrySet().stream()
                                                .filter(
                                                        node ->
                                                                node.getValue()
                                                                        .equals(
                                                                                each.getValue()
                                                                                        .host()))
                                                .map(Map.Entry::getKey)
                                                .findFirst()
                                                .orElseGet(
                                                        () -> new NodeName(each.getKey().value())),
                                        each.getValue(),
                                        0))
                .toList();
    }
}
