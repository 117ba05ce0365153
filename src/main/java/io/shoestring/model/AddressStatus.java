package io.shoestring.model;

import java.util.Optional;

/**
 * One virtual address as the operator sees it.
 *
 * @param address with its prefix, such as {@code 10.0.0.100/24}
 * @param follows such as {@code primary of shop}
 * @param node the node that shall have it; empty while there is none
 * @param networkInterface where it is or will be set on this machine; empty text if not known
 * @param state {@code held}, {@code elsewhere}, {@code away}, {@code probing}, {@code refused},
 *     {@code contested}, {@code broken}
 * @param sentence one sentence: why it is like this, and what to do
 * @param healthy whether there is nothing for a person to do
 */
public record AddressStatus(
        String name,
        String address,
        String follows,
        Optional<String> node,
        String networkInterface,
        String state,
        String sentence,
        boolean healthy) {}
