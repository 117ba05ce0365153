package io.shoestring.sandbox.bench;

import java.io.IOException;
import java.util.List;

/** Makes what a work needs. */
@FunctionalInterface
interface Setting {
    /**
     * Starts everybody, and returns when they serve: this build of Shoestring first.
     *
     * @param peers those that are wanted; whom the work has no use for is left out
     */
    List<Contender> make(Ground ground, List<Peer> peers)
            throws BenchException, IOException, InterruptedException;
}
