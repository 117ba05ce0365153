package io.shoestring.admin.api;

import java.util.Optional;

/**
 * The wish for a planned switchover.
 *
 * @param to the new primary; empty: the best replica
 */
public record SwitchoverRequest(Optional<String> to) {}
