/**
 * HTTP requests led to the servers of backends. Starting points: {@code HttpListener}, {@code
 * ClientConnection} for the client's side, {@code Exchange} for the life of one request, {@code
 * ServerConnection} for the server's side.
 *
 * <p>An exchange knows nothing of how its client speaks beyond what {@code ClientConnection} offers
 * it; that is where TLS goes below and HTTP/2 beside.
 */
@NullMarked
package io.shoestring.proxy.http;

import org.jspecify.annotations.NullMarked;
