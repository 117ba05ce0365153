/**
 * A database server as a process of this machine, whatever its engine: who has its data directory
 * open, how it is ended and read back to be gone, programs that are run beside it, and what is kept
 * of its data. Starting points: {@link io.shoestring.database.server.ServerProcesses}, {@link
 * io.shoestring.database.server.Shutdown}.
 */
@NullMarked
package io.shoestring.database.server;

import org.jspecify.annotations.NullMarked;
