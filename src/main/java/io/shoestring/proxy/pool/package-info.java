/**
 * Server connections that clients share: who gets one and when, how many there may be, what becomes
 * of those that nobody uses. Knows no protocol. Start with {@link
 * io.shoestring.proxy.pool.LinkPool}.
 */
@NullMarked
package io.shoestring.proxy.pool;

import org.jspecify.annotations.NullMarked;
