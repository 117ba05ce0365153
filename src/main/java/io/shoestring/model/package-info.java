/**
 * Immutable facts and decisions: names, positions, members, leases, topology, and the sealed {@code
 * Action}. No behaviour beyond their own invariants.
 */
@NullMarked
package io.shoestring.model;

import org.jspecify.annotations.NullMarked;
