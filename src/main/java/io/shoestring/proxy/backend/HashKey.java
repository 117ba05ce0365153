package io.shoestring.proxy.backend;

import java.net.InetAddress;

/**
 * Keys for the rules that always send the same to the same server. The same text has the same key
 * in every process, so that all balancers choose alike.
 */
public final class HashKey {
    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private HashKey() {}

    /** The key of a client's address. */
    public static long of(InetAddress address) {
        return of(address.getAddress());
    }

    /** The key of a text; only the low eight bits of each character count. */
    public static long of(CharSequence text) {
        long hash = OFFSET;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ (text.charAt(i) & 0xff)) * PRIME;
        }
        return mix(hash);
    }

    /** The key of some bytes. */
    public static long of(byte[] bytes) {
        long hash = OFFSET;
        for (byte each : bytes) {
            hash = (hash ^ (each & 0xff)) * PRIME;
        }
        return mix(hash);
    }

    /** Spreads over all 64 bits what FNV leaves in the low ones (MurmurHash3's finalizer). */
    static long mix(long hash) {
        long mixed = hash;
        mixed = (mixed ^ (mixed >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }
}
