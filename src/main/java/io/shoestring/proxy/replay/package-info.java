/**
 * What a proxy remembers of an open transaction, so that it can be run again on the next primary:
 * the client's requests, and a hash of what each was answered. Knows no protocol.
 */
@NullMarked
package io.shoestring.proxy.replay;

import org.jspecify.annotations.NullMarked;
