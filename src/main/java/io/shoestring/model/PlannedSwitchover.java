package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;

/**
 * A switchover that begins by itself.
 *
 * @param id unique for this request
 * @param to the member that shall become primary; empty: whoever is best then
 * @param at when, by the clock of the node that decides then
 */
public record PlannedSwitchover(String id, Optional<MemberName> to, Instant at) {
    public PlannedSwitchover {
        requireNonNull(id, "id is null");
        requireNonNull(to, "to is null");
        requireNonNull(at, "at is null");
    }

    /** What is planned, as a clause. */
    public String clause() {
        return "switchover " + id + to.map(name -> " to " + name).orElse("") + " at " + at;
    }
}
