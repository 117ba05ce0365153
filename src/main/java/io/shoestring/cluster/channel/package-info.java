/**
 * How nodes speak to each other: questions with answers over TLS 1.3 with certificates on both
 * sides. Not a data path. Starting points: {@code NodeChannel}, {@code Peer}.
 */
@NullMarked
package io.shoestring.cluster.channel;

import org.jspecify.annotations.NullMarked;
