/** What this machine does, from {@code /proc}. Starting point: {@code MachineWatch}. */
@NullMarked
package io.shoestring.monitoring.machine;

import org.jspecify.annotations.NullMarked;
