/**
 * The commands. Those that ask a running node speak to the admin API only. Starting point: {@link
 * io.shoestring.cli.Cli}.
 */
@NullMarked
package io.shoestring.cli;

import org.jspecify.annotations.NullMarked;
