/**
 * Eyes and hands on a database server on this machine. Starting point: {@link
 * io.shoestring.database.LocalMember}.
 */
@NullMarked
package io.shoestring.database;

import org.jspecify.annotations.NullMarked;
