package io.shoestring.node;

/**
 * What the agent of a lease's holder says of it.
 *
 * @param remainingNanos how long the holder may still rely on it, when this was said; whoever hears
 *     it counts from when it asked, which was earlier
 */
public record LeaseReport(long epoch, long remainingNanos) {}
