/**
 * Virtual addresses: set on an interface of this machine and taken from it, with the neighbours
 * asked before and told after. Starting point: {@code VirtualAddresses}.
 */
@NullMarked
package io.shoestring.address;

import org.jspecify.annotations.NullMarked;
