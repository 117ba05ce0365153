/**
 * Replicated state and leases behind one small interface. Starting point: {@link
 * io.shoestring.consensus.ControlStore}.
 */
@NullMarked
package io.shoestring.consensus;

import org.jspecify.annotations.NullMarked;
