/**
 * Who a node is, and to which cluster it belongs: the cluster's certificate authority, a node's key
 * and certificate, and the directory that keeps them. Starting points: {@code Authority}, {@code
 * NodeIdentity}, {@code IdentityDirectory}.
 */
@NullMarked
package io.shoestring.cluster.identity;

import org.jspecify.annotations.NullMarked;
