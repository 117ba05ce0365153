package io.shoestring.address;

import io.shoestring.model.IpPrefix;

import java.net.InetAddress;
import java.util.Optional;

/** What is said about one address among the machines of a link, as Ethernet frames. */
sealed interface Neighbours permits ArpFrames, NeighbourDiscoveryFrames {
    /** The frames for an address on a link. */
    static Neighbours of(IpPrefix address, MacAddress own) {
        byte[] bytes = InetAddress.ofLiteral(address.address()).getAddress();
        return address.isIpv6()
                ? new NeighbourDiscoveryFrames(bytes, own)
                : new ArpFrames(bytes, own);
    }

    /** The Ethernet type of the frames. */
    int etherType();

    /** "Does anybody have this address?", from somebody who has none. */
    byte[] probe();

    /** "I have this address": whoever knows another machine for it forgets that. */
    byte[] announcement();

    /**
     * Another machine that, by this frame, has the address, or while {@code probing} wants it at
     * the same time as we.
     *
     * @param length of the frame in {@code bytes}
     */
    Optional<MacAddress> claimant(byte[] bytes, int length, boolean probing);

    /** The multicast address whose frames the interface must let through, if there is one. */
    Optional<MacAddress> group();

    /** A classic BPF program that lets only the useful frames of the type through; may be empty. */
    byte[] filter();
}
