package io.shoestring.simulation;

import io.shoestring.control.Decider;
import io.shoestring.model.Decision;
import io.shoestring.model.Observation;

import java.util.function.Function;

/**
 * What is left out on purpose.
 *
 * @param decide the decision, perhaps with a guard taken out
 * @param holderStops whether a holder stops at its deadline
 * @param refusesOldTerms whether agents refuse an earlier conductor
 * @param leasesLast whether leases last as long as they are granted for
 * @param looksBeforeRelease whether an agent gives a lease back only if its member cannot write
 * @param deadman whether something outside of a node stops its member at the deadline
 */
record Weakness(
        Function<Observation, Decision> decide,
        boolean holderStops,
        boolean refusesOldTerms,
        boolean leasesLast,
        boolean looksBeforeRelease,
        boolean deadman) {
    static Weakness none() {
        return of(Decider::decide);
    }

    static Weakness of(Function<Observation, Decision> decide) {
        return new Weakness(decide, true, true, true, true, true);
    }
}
