/**
 * What was measured of each kind of statement: its text without its values, and its figures.
 * Starting points: {@code StatementNormaliser}, {@code DigestTable}.
 */
@NullMarked
package io.shoestring.monitoring.digest;

import org.jspecify.annotations.NullMarked;
