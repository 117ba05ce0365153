/**
 * PostgreSQL on this machine: processes by its own programs, facts by SQL and the control file.
 * Starting points: {@link io.shoestring.database.postgresql.PostgresMember}, the eyes and hands on
 * one server; {@link io.shoestring.database.postgresql.InitialCluster}, which makes one; {@link
 * io.shoestring.database.postgresql.ReplayPoller} and {@link
 * io.shoestring.database.postgresql.RolePasswords}, what a proxy asks the servers.
 */
@NullMarked
package io.shoestring.database.postgresql;

import org.jspecify.annotations.NullMarked;
