/**
 * Checks of servers: on the event loops, without a thread for each. Starting points: {@code Checks}
 * starts them, {@code Conversation} is what is said in one.
 */
@NullMarked
package io.shoestring.health;

import org.jspecify.annotations.NullMarked;
