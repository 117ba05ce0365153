package io.shoestring.sandbox.bench;

import java.io.IOException;
import java.util.Optional;

/** What differs between the databases that statements are measured at. */
interface SqlEngine {
    /** The name of its sandbox. */
    String name();

    /** Fills the tables of a cluster. */
    void prepare(Ground ground, Cluster cluster) throws BenchException, InterruptedException;

    /** What asks somebody who stands before the cluster. */
    Load load(Ground ground, Cluster cluster);

    /** Starts a peer before the cluster; empty: it has nothing to do with this engine. */
    Optional<Contender> start(Ground ground, Cluster cluster, Peer peer)
            throws BenchException, IOException, InterruptedException;
}
