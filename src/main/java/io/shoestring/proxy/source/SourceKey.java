package io.shoestring.proxy.source;

import io.shoestring.proxy.backend.HashKey;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;

/** What counts as one source. */
public final class SourceKey {
    /** A client of IPv6 has at least a network of 64 bits to itself. */
    private static final int NETWORK_BYTES = 8;

    private SourceKey() {}

    /** A number for an address; of IPv6, for its first 64 bits. */
    public static long of(InetAddress address) {
        byte[] bytes = address.getAddress();
        return HashKey.of(
                address instanceof Inet6Address ? Arrays.copyOf(bytes, NETWORK_BYTES) : bytes);
    }
}
