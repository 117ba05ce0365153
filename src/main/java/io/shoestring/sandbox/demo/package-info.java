/**
 * The demo: a bank whose transfers are counted while its primary is killed. Starting point: {@link
 * io.shoestring.sandbox.demo.Story}.
 */
@NullMarked
package io.shoestring.sandbox.demo;

import org.jspecify.annotations.NullMarked;
