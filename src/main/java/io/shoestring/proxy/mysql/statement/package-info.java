/**
 * What a statement of MySQL or MariaDB is, by its text: a hint, never the truth. Start with {@link
 * io.shoestring.proxy.mysql.statement.StatementClassifier}. What is not understood to its end is
 * {@link io.shoestring.proxy.mysql.statement.StatementKind#OTHER}.
 */
@NullMarked
package io.shoestring.proxy.mysql.statement;

import org.jspecify.annotations.NullMarked;
