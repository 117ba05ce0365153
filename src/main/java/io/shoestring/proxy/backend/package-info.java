/**
 * The servers of a backend, who may use them, and which of them takes the next connection. Starting
 * points: {@code Backend} for whoever needs a server, {@code Claim} for how it is asked for.
 */
@NullMarked
package io.shoestring.proxy.backend;

import org.jspecify.annotations.NullMarked;
