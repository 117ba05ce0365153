/**
 * Where connections come from: who may connect, how often, and how many times at once. {@link
 * io.shoestring.proxy.source.SourceGate} stands in the pipeline of each connection that is asked.
 */
@NullMarked
package io.shoestring.proxy.source;

import org.jspecify.annotations.NullMarked;
