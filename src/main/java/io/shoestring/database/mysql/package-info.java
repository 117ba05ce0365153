/**
 * Eyes on MySQL and MariaDB servers, wherever they run: which part each has, what it has applied
 * ({@link io.shoestring.database.mysql.RoleWatch}), and what passwords are stored there ({@link
 * io.shoestring.database.mysql.StoredPasswords}). Nothing here changes a server.
 */
@NullMarked
package io.shoestring.database.mysql;

import org.jspecify.annotations.NullMarked;
