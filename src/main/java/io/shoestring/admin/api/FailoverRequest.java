package io.shoestring.admin.api;

import java.util.Optional;

/**
 * The wish for a failover that is forced.
 *
 * @param to the new primary
 * @param acceptedLoss what may be lost of what was written, as {@code 12kB}, {@code 3MB} or {@code
 *     unknown}; empty: nothing
 * @param check whether it is only to be said what would be lost
 */
public record FailoverRequest(String to, Optional<String> acceptedLoss, Optional<Boolean> check) {}
