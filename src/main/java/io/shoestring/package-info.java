/** Wires everything by constructors. Starting point: {@link io.shoestring.Main}. */
@NullMarked
package io.shoestring;

import org.jspecify.annotations.NullMarked;
