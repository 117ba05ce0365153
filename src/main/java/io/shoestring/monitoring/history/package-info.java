/**
 * What was measured, kept in files of a fixed size: each second of the last hour, and less and less
 * exactly for two years. Starting point: {@code History}.
 *
 * <pre>
 *   record ─► 1 s, an hour ─► 10 s, 6 h ─► 1 min, 2 d ─► 10 min, 30 d ─► 1 h, 2 y
 * </pre>
 *
 * <p>INVARIANT: a row is made of the rows of the next finer file alone. So nothing is lost when the
 * process ends, however it ends: what was being gathered is still in the finer file.
 */
@NullMarked
package io.shoestring.monitoring.history;

import org.jspecify.annotations.NullMarked;
