/**
 * How a machine becomes a node of a cluster: a token on a member, a request from the new machine.
 * Starting points: {@code JoinToken}, {@code JoinDesk} (the member's side), {@code JoinRequest}
 * (the new machine's).
 */
@NullMarked
package io.shoestring.cluster.join;

import org.jspecify.annotations.NullMarked;
