/** Who belongs to the cluster, and how its nodes speak to each other. */
@NullMarked
package io.shoestring.cluster;

import org.jspecify.annotations.NullMarked;
