package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What follows from an observation.
 *
 * @param actions in the order in which they are to be started
 * @param topology what the proxies shall do from now on
 * @param summary one sentence: what state the database is in
 * @param readiness one sentence: what would happen if the primary died now, or what prevents a
 *     take-over
 * @param covered whether somebody could take over now, if there is anybody who ever may
 */
public record Decision(
        List<Action> actions,
        DatabaseTopology topology,
        String summary,
        String readiness,
        boolean covered) {
    public Decision {
        actions = List.copyOf(actions);
        requireNonNull(topology, "topology is null");
        requireNonNull(summary, "summary is null");
        requireNonNull(readiness, "readiness is null");
    }
}
