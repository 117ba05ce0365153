/** Sessions between PostgreSQL clients and the members of a database. */
@NullMarked
package io.shoestring.proxy.postgresql;

import org.jspecify.annotations.NullMarked;
