/**
 * Who watches this process from outside: the deadman that stops servers whose node is dead or
 * frozen, and systemd; and how another machine is switched off. Starting points: {@code Deadman},
 * {@code Systemd}, {@code FenceCommand}.
 */
@NullMarked
package io.shoestring.supervision;

import org.jspecify.annotations.NullMarked;
