/**
 * The data plane: listeners, sessions, routing, balancing. It reads the newest snapshot and never
 * asks the control plane.
 */
@NullMarked
package io.shoestring.proxy;

import org.jspecify.annotations.NullMarked;
