/**
 * The API, its authentication, the event stream and the page. Starting point: {@code AdminServer}.
 */
@NullMarked
package io.shoestring.admin;

import org.jspecify.annotations.NullMarked;
