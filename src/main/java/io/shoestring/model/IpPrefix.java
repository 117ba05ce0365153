package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * An IP address and the length of its subnet's prefix, as in {@code 10.0.0.100/24}.
 *
 * @param address an IPv4 or IPv6 address in numbers, in its one canonical form
 * @param length 1 to 32 bits for IPv4, 1 to 128 for IPv6
 */
public record IpPrefix(String address, int length) {
    public IpPrefix {
        requireNonNull(address, "address is null");
        if (length < 1 || length > (address.indexOf(':') < 0 ? 32 : 128)) {
            throw new IllegalArgumentException(
                    "'/" + length + "' is not the length of a prefix of " + address);
        }
    }

    public boolean isIpv6() {
        return address.indexOf(':') >= 0;
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}
