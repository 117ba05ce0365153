package io.shoestring.model;

/**
 * What a fence command is run for, and, once it has ended with exit status 0, the proof that the
 * machine of a lease's holder was switched off.
 *
 * <p>INVARIANT: the command was begun after this renewal of this epoch was the newest. Whoever
 * renewed the lease until then is gone with the machine; whoever renews it later makes another
 * renewal, for which this says nothing.
 *
 * @param epoch of the lease
 * @param renewal the log index of its newest renewal before the command was begun
 */
public record Fenced(long epoch, long renewal) {}
