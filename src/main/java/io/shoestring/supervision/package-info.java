/**
 * Who watches this process from outside: the deadman that stops servers whose node is dead or
 * frozen, and systemd. Starting points: {@code Deadman}, {@code Systemd}.
 */
@NullMarked
package io.shoestring.supervision;

import org.jspecify.annotations.NullMarked;
