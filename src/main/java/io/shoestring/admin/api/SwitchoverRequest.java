package io.shoestring.admin.api;

import java.util.Optional;

/**
 * The wish for a planned switchover.
 *
 * @param to the new primary; empty: the best replica
 * @param kind {@code now} (also if it is empty), {@code check}, {@code rehearsal}, {@code later} or
 *     {@code cancel}
 * @param at when, for {@code later}, as in {@code 2026-11-23T03:00:00Z}
 */
public record SwitchoverRequest(Optional<String> to, Optional<String> kind, Optional<String> at) {
    /** For now. */
    public SwitchoverRequest(Optional<String> to) {
        this(to, Optional.empty(), Optional.empty());
    }
}
