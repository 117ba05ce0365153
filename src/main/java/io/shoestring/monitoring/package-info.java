/** What happened and how much: events and counters. Starting point: {@code Events}. */
@NullMarked
package io.shoestring.monitoring;

import org.jspecify.annotations.NullMarked;
