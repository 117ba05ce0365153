/** What every room needs: a clock, a published snapshot, a check. At most ten types. */
@NullMarked
package io.shoestring.base;

import org.jspecify.annotations.NullMarked;
