/**
 * Where the lines go that requests and connections leave: to a file, to syslog, or both. What
 * stands in a line is said by who writes it.
 */
@NullMarked
package io.shoestring.proxy.accesslog;

import org.jspecify.annotations.NullMarked;
