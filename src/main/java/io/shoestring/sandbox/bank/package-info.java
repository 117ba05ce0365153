/**
 * A bank, whose clients write down what they were told, so that afterwards can be counted what is
 * there. Starting point: {@link io.shoestring.sandbox.bank.BankLoad}.
 */
@NullMarked
package io.shoestring.sandbox.bank;

import org.jspecify.annotations.NullMarked;
