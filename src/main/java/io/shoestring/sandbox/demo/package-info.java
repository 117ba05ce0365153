/**
 * The demo: a bank whose transfers are counted while its primary is killed. Starting points: {@link
 * io.shoestring.sandbox.demo.Story}, {@link io.shoestring.sandbox.demo.BankLoad}.
 */
@NullMarked
package io.shoestring.sandbox.demo;

import org.jspecify.annotations.NullMarked;
