/**
 * The whole cluster in one thread, from a seed, on a virtual clock. Starting point: {@code
 * Simulation}.
 */
@NullMarked
package io.shoestring.simulation;

import org.jspecify.annotations.NullMarked;
