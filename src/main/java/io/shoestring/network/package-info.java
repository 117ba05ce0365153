/** Event loops, bind and connect, limits. */
@NullMarked
package io.shoestring.network;

import org.jspecify.annotations.NullMarked;
