/**
 * Three machines, a bank, and what can go wrong: each fault is made for real, and what was promised
 * is measured. Starting points: {@link io.shoestring.sandbox.fault.Scenarios}, {@link
 * io.shoestring.sandbox.fault.Stage}.
 */
@NullMarked
package io.shoestring.sandbox.fault;

import org.jspecify.annotations.NullMarked;
