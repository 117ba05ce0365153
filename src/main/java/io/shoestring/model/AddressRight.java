package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * The right of one node to have an address.
 *
 * @param epoch the fencing token: it grows whenever the right moves
 * @param deadlineNanos the address is gone from the machine before this instant of the node's
 *     {@code Clock}, unless the right was renewed
 */
public record AddressRight(long epoch, NodeName holder, long deadlineNanos) {
    public AddressRight {
        requireNonNull(holder, "holder is null");
    }
}
