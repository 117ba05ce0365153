/**
 * What all nodes of a cluster know and nobody else: the secrets of session tickets, here, and what
 * an authority has issued to the cluster, in {@code acme}. It is kept in consensus, sealed.
 * Starting points: {@link io.shoestring.secrets.TicketKeeper}, {@link io.shoestring.secrets.Vault}.
 */
@NullMarked
package io.shoestring.secrets;

import org.jspecify.annotations.NullMarked;
