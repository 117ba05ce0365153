/**
 * What a SQL statement does, as far as a proxy must know it: may a replica answer it, does it begin
 * or end a transaction, does it leave something in the session that a new server connection would
 * lack.
 *
 * <p>Starting point: {@link io.shoestring.proxy.postgresql.statement.StatementClassifier}. It reads
 * tokens, not grammar, and says READ only when it is certain; whatever it does not understand is a
 * write. Three things it cannot see, and takes for harmless: user-defined operators and casts,
 * views and row-level policies that call volatile functions, and user functions that hide built-in
 * ones through the search path or by a better match of argument types. A replica refuses their
 * writes with SQLSTATE 25006.
 *
 * <p>What is about one server or one session is for the primary as well, even if it only reads:
 * SHOW, the pg_stat_* views, pg_settings, pg_locks and their like.
 */
@NullMarked
package io.shoestring.proxy.postgresql.statement;

import org.jspecify.annotations.NullMarked;
