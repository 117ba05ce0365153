package io.shoestring.config;

/**
 * A sound value and where it comes from.
 *
 * @param written false if it is the default
 */
record Placed<T>(T value, Spot spot, boolean written) {}
