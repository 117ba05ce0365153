/**
 * Measures Shoestring beside its peers: the same load on each in turn, on this machine, in one run.
 * Everything that is measured is a process of its own, so that its CPU can be told apart.
 */
@NullMarked
package io.shoestring.sandbox.bench;

import org.jspecify.annotations.NullMarked;
