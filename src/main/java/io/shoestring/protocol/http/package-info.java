/**
 * HTTP/1.0 and HTTP/1.1 as a proxy must read them (RFC 9110, RFC 9112): whatever two readers could
 * understand in two ways is refused, and what says how long a body is is written anew.
 *
 * <p>Starting points: {@link io.shoestring.protocol.http.RequestHead} and {@link
 * io.shoestring.protocol.http.ResponseHead} for everything up to the empty line, {@link
 * io.shoestring.protocol.http.BodyReader} for what follows it. A head is a flat block: the bytes as
 * they came, and the positions of names and values; there is no object for each field.
 *
 * <p>A peer's bytes that break the protocol surface as {@link
 * io.shoestring.protocol.http.HttpViolation} and as nothing else.
 */
@NullMarked
package io.shoestring.protocol.http;

import org.jspecify.annotations.NullMarked;
