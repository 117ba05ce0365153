package io.shoestring.consensus.ratis;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Check;
import io.shoestring.consensus.TlsFiles;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What one voter has to know.
 *
 * @param cluster the cluster's name or, better, an identity that no other cluster has; data of
 *     another is refused
 * @param self this node's name
 * @param bind where it listens for the others
 * @param peers the voters and the addresses by which this node reaches them; for a beginning
 *     cluster all of them with this node, for a joining node those it can ask. Who votes is what
 *     the log says once there is one; an address that is given here counts more than the log's.
 * @param directory where this voter keeps its log and snapshots
 * @param tls by what the nodes know each other; without it whoever reaches the port may do
 *     everything
 * @param timeout how long a call takes at most; at least two seconds
 * @param snapshotEntries after how many entries of the log a snapshot is taken, which bounds it
 */
public record RatisSettings(
        String cluster,
        NodeName self,
        Endpoint bind,
        Map<NodeName, Endpoint> peers,
        Path directory,
        Start start,
        Optional<TlsFiles> tls,
        Duration timeout,
        int snapshotEntries) {
    /** What is expected in the directory. */
    public enum Start {
        /** Nothing, or what an interrupted beginning left: {@code peers} begin a new cluster. */
        FORM,
        /** The same: this node waits until the cluster takes it in. */
        JOIN,
        /**
         * What this voter had before. A voter that forgot what it had promised may not vote, so an
         * empty directory is refused.
         */
        REOPEN
    }

    /** The time-out and the bound that fit machines on a small network. */
    public static final Duration USUAL_TIMEOUT = Duration.ofSeconds(4);

    /** See {@link #snapshotEntries}. */
    public static final int USUAL_SNAPSHOT_ENTRIES = 10_000;

    public RatisSettings {
        requireNonNull(cluster, "cluster is null");
        requireNonNull(self, "self is null");
        requireNonNull(bind, "bind is null");
        peers = Collections.unmodifiableMap(new LinkedHashMap<>(peers));
        Check.that(!peers.isEmpty(), "no peers");
        requireNonNull(directory, "directory is null");
        requireNonNull(start, "start is null");
        requireNonNull(tls, "tls is null");
        Check.that(timeout.compareTo(Duration.ofSeconds(2)) >= 0, "the time-out is below 2 s");
        Check.that(snapshotEntries > 0, "snapshotEntries is not positive");
    }

    /** The same node when its process starts again. */
    public RatisSettings reopening() {
        return new RatisSettings(
                cluster, self, bind, peers, directory, Start.REOPEN, tls, timeout, snapshotEntries);
    }
}
