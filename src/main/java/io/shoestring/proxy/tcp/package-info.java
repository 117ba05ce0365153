/**
 * Connections carried byte by byte between a client and a server of a backend. Starting points:
 * {@code TcpListener}, and {@code TcpSession} for the life of one connection.
 */
@NullMarked
package io.shoestring.proxy.tcp;

import org.jspecify.annotations.NullMarked;
