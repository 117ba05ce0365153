/** The loop of one machine: observe, decide, act. Starting point: {@code Node}. */
@NullMarked
package io.shoestring.node;

import org.jspecify.annotations.NullMarked;
