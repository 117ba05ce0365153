package io.shoestring.protocol.http;

/** How the end of a body is known (RFC 9112 section 6). */
public enum Framing {
    /** There is none. */
    NONE,
    /** By its length. */
    LENGTH,
    /** By its chunks. */
    CHUNKED,
    /** By the end of the connection; only of a response. */
    UNTIL_CLOSE
}
