/**
 * The decision, as a pure function: no clock, no I/O, no threads. Starting point: {@code Decider}.
 */
@NullMarked
package io.shoestring.control;

import org.jspecify.annotations.NullMarked;
