package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * A range of IP addresses that share their first bits, as in {@code 10.0.0.0/8}; or one address.
 *
 * @param first its first address, as a number
 * @param ipv6 whether its addresses have 128 bits, or 32
 * @param length of the bits that they share
 */
public record IpNetwork(BigInteger first, boolean ipv6, int length) {
    public IpNetwork {
        requireNonNull(first, "first is null");
    }

    /** Those that share their first {@code length} bits with this one. */
    public static IpNetwork of(InetAddress address, int length) {
        boolean ipv6 = address instanceof Inet6Address;
        int rest = (ipv6 ? 128 : 32) - length;
        return new IpNetwork(number(address).shiftRight(rest).shiftLeft(rest), ipv6, length);
    }

    private static BigInteger number(InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }

    /** Whether that address is one of them. IPv4 addresses are never in a range of IPv6. */
    public boolean contains(InetAddress address) {
        int rest = (ipv6 ? 128 : 32) - length;
        return address instanceof Inet6Address == ipv6
                && number(address).shiftRight(rest).equals(first.shiftRight(rest));
    }
}
