/**
 * HAProxy's configuration turned into ours, with a list of what could not be. Starting point:
 * {@code HaproxyImport}.
 */
@NullMarked
package io.shoestring.config.haproxy;

import org.jspecify.annotations.NullMarked;
