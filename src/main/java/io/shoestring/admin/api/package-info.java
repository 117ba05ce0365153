/**
 * What the admin API says and understands, as records. The node writes them, the commands read
 * them. Starting point: {@link io.shoestring.admin.api.Json}.
 */
@NullMarked
package io.shoestring.admin.api;

import org.jspecify.annotations.NullMarked;
