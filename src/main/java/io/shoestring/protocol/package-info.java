/** Codecs: bytes to messages. No sockets, no timers, no policy, no logging. */
@NullMarked
package io.shoestring.protocol;

import org.jspecify.annotations.NullMarked;
