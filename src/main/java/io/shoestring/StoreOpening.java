package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.cluster.identity.IdentityDirectory;
import io.shoestring.cluster.identity.IdentityDirectory.Beginning;
import io.shoestring.cluster.identity.IdentityException;
import io.shoestring.cluster.identity.NodeIdentity;
import io.shoestring.config.ClusterConfig;
import io.shoestring.config.ConsensusConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.LocalStore;
import io.shoestring.consensus.TlsFiles;
import io.shoestring.consensus.etcd.EtcdSettings;
import io.shoestring.consensus.etcd.EtcdStore;
import io.shoestring.consensus.ratis.RatisSettings;
import io.shoestring.consensus.ratis.RatisStore;
import io.shoestring.consensus.ratis.Voters;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which memory the cluster has: an etcd that is there, the nodes' own, or, for one machine alone, a
 * file.
 */
final class StoreOpening {
    private final ShoestringConfig config;
    private final NodeName name;
    private final Clock clock;

    StoreOpening(ShoestringConfig config, NodeName name, Clock clock) {
        this.config = requireNonNull(config, "config is null");
        this.name = requireNonNull(name, "name is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /**
     * The opened store, and what has to be closed before it.
     *
     * @param before newest last
     * @param voters who votes, if the nodes do
     */
    record Opened(ControlStore store, Deque<AutoCloseable> before, Optional<Voters> voters) {}

    /**
     * Opens it.
     *
     * @throws IOException if this machine belongs to no cluster, but has to
     * @throws ConsensusException if the store cannot be opened
     */
    Opened open(Optional<ClusterMembership> membership) throws IOException, ConsensusException {
        boolean alone = config.cluster().nodes().size() == 1;
        if (!alone && membership.isEmpty()) {
            throw new IdentityException(
                    "This machine is no node of cluster %s yet: on the cluster's first machine run 'shoestring init', on each other one 'shoestring join' with a token that 'shoestring token' prints on the first."
                            .formatted(config.cluster().name()));
        }
        if (!config.consensus().etcd().isEmpty()) {
            if (membership.isPresent()) {
                membership.get().directory().begun();
            }
            return new Opened(
                    EtcdStore.open(etcd(config.consensus()), clock),
                    new ArrayDeque<>(),
                    Optional.empty());
        }
        return membership.isPresent() ? openVoter(membership.get()) : openAlone();
    }

    private Opened openAlone() throws IOException, ConsensusException {
        Path directory = config.cluster().directory();
        if (Files.isDirectory(voter(config.cluster()))) {
            throw new IdentityException(
                    "%s was a voter of a cluster, but its identity is gone: put %s back, or move %s away and begin anew."
                            .formatted(
                                    name, directory.resolve("identity"), voter(config.cluster())));
        }
        return new Opened(
                LocalStore.open(directory.resolve("consensus"), name.value(), clock),
                new ArrayDeque<>(),
                Optional.empty());
    }

    private Opened openVoter(ClusterMembership membership) throws IOException, ConsensusException {
        IdentityDirectory directory = membership.directory();
        Optional<Beginning> beginning = directory.beginning();
        RatisStore store = RatisStore.open(settings(membership, beginning), clock);
        Deque<AutoCloseable> before = new ArrayDeque<>();
        Map<NodeName, Endpoint> voters = config.cluster().voters();
        VoteDesk.open(membership.channel(), store.voters(), membership::voters);
        beginning.ifPresent(
                how ->
                        before.add(
                                VoteStart.begin(
                                        how,
                                        store,
                                        membership.channel(),
                                        voters.keySet(),
                                        directory)));
        return new Opened(store, before, Optional.of(store.voters()));
    }

    private RatisSettings settings(ClusterMembership membership, Optional<Beginning> beginning) {
        NodeIdentity identity = membership.channel().identity();
        IdentityDirectory files = membership.directory();
        Map<NodeName, Endpoint> voters = config.cluster().voters();
        Endpoint own = requireNonNull(voters.get(name), "unknown node");
        Map<NodeName, Endpoint> peers = new LinkedHashMap<>(voters);
        RatisSettings.Start start = RatisSettings.Start.REOPEN;
        if (beginning.equals(Optional.of(Beginning.FOUNDS))) {
            start = RatisSettings.Start.FORM;
            peers.keySet().retainAll(Set.of(name));
        } else if (beginning.isPresent()) {
            start = RatisSettings.Start.JOIN;
            peers.remove(name);
        }
        return new RatisSettings(
                identity.cluster().id().toString(),
                name,
                own,
                peers,
                voter(config.cluster()),
                start,
                Optional.of(
                        new TlsFiles(
                                files.keyFile(), files.certificateFile(), files.authorityFile())),
                RatisSettings.USUAL_TIMEOUT,
                RatisSettings.USUAL_SNAPSHOT_ENTRIES);
    }

    private static Path voter(ClusterConfig cluster) {
        return cluster.directory().resolve("voter");
    }

    private EtcdSettings etcd(ConsensusConfig consensus) {
        return new EtcdSettings(
                consensus.etcd(),
                config.cluster().name(),
                consensus
                        .user()
                        .flatMap(
                                user ->
                                        consensus
                                                .passwordFile()
                                                .map(file -> new EtcdSettings.Login(user, file))),
                consensus.caFile(),
                consensus
                        .certificateFile()
                        .flatMap(
                                certificate ->
                                        consensus
                                                .keyFile()
                                                .map(
                                                        key ->
                                                                new EtcdSettings.Identity(
                                                                        certificate, key))),
                EtcdSettings.USUAL_TIMEOUT);
    }
}
