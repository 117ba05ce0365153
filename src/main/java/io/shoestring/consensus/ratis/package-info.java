/**
 * The cluster's memory on the nodes themselves: Apache Ratis, embedded. Starting point: {@link
 * io.shoestring.consensus.ratis.RatisStore}. Only in here are Ratis's types known.
 */
@NullMarked
package io.shoestring.consensus.ratis;

import org.jspecify.annotations.NullMarked;
