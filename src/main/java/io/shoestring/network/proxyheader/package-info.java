/**
 * The PROXY protocol, by which one proxy tells the next where a connection comes from. Starting
 * points: {@code ProxyHeader} for the bytes, {@code ProxyHeaderReader} for a connection.
 */
@NullMarked
package io.shoestring.network.proxyheader;

import org.jspecify.annotations.NullMarked;
