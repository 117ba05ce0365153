/**
 * The client/server protocol of MySQL and MariaDB, as the servers' manuals and their sources have
 * it: bytes to messages and back, without sockets, timers, policy or logging. Start with {@link
 * io.shoestring.protocol.mysql.Packet}, what everything travels in, and {@link
 * io.shoestring.protocol.mysql.AnswerTracker}, which knows where an answer ends.
 */
@NullMarked
package io.shoestring.protocol.mysql;

import org.jspecify.annotations.NullMarked;
