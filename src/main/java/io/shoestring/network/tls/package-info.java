/**
 * TLS at the door of a listener: certificates from files, chosen by the name that the client asks
 * for, read again when they change. Starting point: {@code TlsDoor}.
 */
@NullMarked
package io.shoestring.network.tls;

import org.jspecify.annotations.NullMarked;
