/**
 * Machines for trials and tests: network namespaces on one switch. Starting point: {@code
 * MachineNetwork}. Needs root, and the programs of iproute2, nftables, iputils-ping and tcpdump.
 */
@NullMarked
package io.shoestring.sandbox.machines;

import org.jspecify.annotations.NullMarked;
