/**
 * The cluster's memory in an etcd that is there already, through its JSON gateway. Starting point:
 * {@link io.shoestring.consensus.etcd.EtcdStore}.
 */
@NullMarked
package io.shoestring.consensus.etcd;

import org.jspecify.annotations.NullMarked;
