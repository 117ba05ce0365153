package io.shoestring.address;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** ARP for an IPv4 address (RFC 826, RFC 5227). */
final class ArpFrames implements Neighbours {
    private static final int ETHER_TYPE = 0x0806;
    private static final int LENGTH = 42;
    private static final int SENDER_MAC = 22;
    private static final int SENDER_ADDRESS = 28;
    private static final int TARGET_ADDRESS = 38;
    private static final byte[] NOBODY = new byte[4];

    /** Ethernet, IPv4, and the lengths of their addresses. */
    private static final byte[] KIND = {0, 1, 8, 0, 6, 4};

    private final byte[] address;
    private final MacAddress own;

    ArpFrames(byte[] address, MacAddress own) {
        this.address = address.clone();
        this.own = own;
    }

    @Override
    public int etherType() {
        return ETHER_TYPE;
    }

    /** RFC 5227 §2.1.1: the sender's address is zero, so that no cache is changed by it. */
    @Override
    public byte[] probe() {
        return request(NOBODY);
    }

    /** RFC 5227 §2.3. */
    @Override
    public byte[] announcement() {
        return request(address);
    }

    /** RFC 5227 §2.1.1 and §2.4. */
    @Override
    public Optional<MacAddress> claimant(byte[] bytes, int length, boolean probing) {
        if (length < LENGTH || !Arrays.equals(bytes, 14, 20, KIND, 0, KIND.length)) {
            return Optional.empty();
        }
        MacAddress sender = MacAddress.at(bytes, SENDER_MAC);
        boolean has = Arrays.equals(bytes, SENDER_ADDRESS, SENDER_ADDRESS + 4, address, 0, 4);
        boolean wants =
                bytes[21] == 1
                        && Arrays.equals(bytes, SENDER_ADDRESS, SENDER_ADDRESS + 4, NOBODY, 0, 4)
                        && Arrays.equals(bytes, TARGET_ADDRESS, TARGET_ADDRESS + 4, address, 0, 4);
        return Optional.of(sender).filter(mac -> !mac.equals(own) && (has || (probing && wants)));
    }

    @Override
    public Optional<MacAddress> group() {
        return Optional.empty();
    }

    @Override
    public byte[] filter() {
        return new byte[0];
    }

    private byte[] request(byte[] sender) {
        return ByteBuffer.allocate(LENGTH)
                .put(MacAddress.BROADCAST.bytes())
                .put(own.bytes())
                .putShort((short) ETHER_TYPE)
                .put(KIND)
                .putShort((short) 1)
                .put(own.bytes())
                .put(sender)
                .put(new byte[MacAddress.BYTES])
                .put(address)
                .array();
    }
}
