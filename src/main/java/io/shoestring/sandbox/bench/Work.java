package io.shoestring.sandbox.bench;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Something that Shoestring and its peers are measured at.
 *
 * @param what for people
 * @param against which programs can do it
 * @param tools what must be installed besides them
 */
record Work(
        String name,
        String what,
        Set<Peer.Kind> against,
        Set<Tool> tools,
        Measurement measurement) {

    /** How. */
    @FunctionalInterface
    interface Measurement {
        /**
         * Measures everybody.
         *
         * @param peers those that the work is against, and that are there
         */
        List<BenchResult> run(Race race, List<Peer> peers)
                throws BenchException, IOException, InterruptedException;
    }
}
