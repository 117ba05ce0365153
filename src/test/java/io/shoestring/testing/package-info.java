/** What tests of several packages share. */
@NullMarked
package io.shoestring.testing;

import org.jspecify.annotations.NullMarked;
