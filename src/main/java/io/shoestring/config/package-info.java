/**
 * Text to immutable records, with every problem as file, line, column, what was expected and a
 * suggestion. Starting point: {@code ConfigReader}.
 */
@NullMarked
package io.shoestring.config;

import org.jspecify.annotations.NullMarked;
