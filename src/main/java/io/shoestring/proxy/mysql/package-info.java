/**
 * Listeners and sessions of MySQL and MariaDB. A client's {@code Session} has one connection to the
 * primary as its own, and one to a replica when it reads there. One command at a time: the next is
 * taken when the answer of the last is complete. Start with {@link
 * io.shoestring.proxy.mysql.MysqlListener}.
 */
@NullMarked
package io.shoestring.proxy.mysql;

import org.jspecify.annotations.NullMarked;
