package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.cluster.channel.ChannelLimits;
import io.shoestring.cluster.channel.NodeChannel;
import io.shoestring.cluster.identity.IdentityDirectory;
import io.shoestring.cluster.identity.IdentityRenewal;
import io.shoestring.cluster.identity.NodeIdentity;
import io.shoestring.cluster.join.JoinDesk;
import io.shoestring.config.ClusterConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * This node's part in a cluster that {@code shoestring init} made: its channel, the renewal of its
 * certificate, and the desk at which other machines join. A machine without an identity has none.
 */
final class ClusterMembership implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterMembership.class);

    private final IdentityDirectory directory;
    private final AtomicReference<Now> now;
    private final NodeChannel channel;
    private final IdentityRenewal renewal;

    /** The configuration of this moment. */
    private record Now(ClusterConfig cluster, String text) {}

    private ClusterMembership(
            IdentityDirectory directory,
            AtomicReference<Now> now,
            NodeChannel channel,
            IdentityRenewal renewal) {
        this.directory = requireNonNull(directory, "directory is null");
        this.now = requireNonNull(now, "now is null");
        this.channel = requireNonNull(channel, "channel is null");
        this.renewal = requireNonNull(renewal, "renewal is null");
    }

    /**
     * Starts the channel if this machine belongs to a cluster.
     *
     * @throws IOException if its identity is that of another cluster or node, or the port is taken
     */
    static Optional<ClusterMembership> start(ShoestringConfig config, NodeName name, Path file)
            throws IOException {
        ClusterConfig cluster = config.cluster();
        var directory = new IdentityDirectory(cluster.directory());
        Optional<NodeIdentity> found = directory.open(cluster.name(), name);
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(start(cluster, directory, found.get(), file));
    }

    private static ClusterMembership start(
            ClusterConfig cluster, IdentityDirectory directory, NodeIdentity found, Path file)
            throws IOException {
        WallClock clock = WallClock.system();
        var now = new AtomicReference<>(new Now(cluster, Files.readString(file)));
        Endpoint bind = requireNonNull(cluster.channels().get(found.node()), "unknown node");
        NodeIdentity identity =
                IdentityRenewal.renewIfDue(directory, found, bind.host(), clock.now());
        NodeChannel channel =
                NodeChannel.open(
                        identity,
                        bind,
                        () -> now.get().cluster().channels(),
                        ChannelLimits.STANDARD,
                        Clock.system(),
                        clock);
        new JoinDesk(
                channel,
                directory,
                () -> new JoinDesk.Offer(now.get().text(), now.get().cluster().nodes()),
                clock);
        LOG.info(
                "node {} of cluster {}: channel on {}, certificate until {}",
                identity.node(),
                identity.cluster(),
                channel.address(),
                identity.end());
        return new ClusterMembership(
                directory,
                now,
                channel,
                IdentityRenewal.start(directory, identity, bind.host(), clock, channel::use));
    }

    /** Other nodes may belong to the cluster from now on; the connections of others are closed. */
    void become(ClusterConfig cluster, String text) {
        now.set(new Now(cluster, text));
        channel.dropRemoved();
    }

    /** Where each node's vote is, as it is configured now. */
    Map<NodeName, Endpoint> voters() {
        return now.get().cluster().voters();
    }

    /** Where the identity is. */
    IdentityDirectory directory() {
        return directory;
    }

    /** To ask the other nodes, and to answer them. */
    NodeChannel channel() {
        return channel;
    }

    @Override
    public void close() {
        renewal.close();
        channel.close();
    }
}
