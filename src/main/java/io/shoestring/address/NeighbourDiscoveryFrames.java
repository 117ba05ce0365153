package io.shoestring.address;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/** Neighbour discovery for an IPv6 address (RFC 4861, RFC 4862 §5.4). */
final class NeighbourDiscoveryFrames implements Neighbours {
    private static final int ETHER_TYPE = 0x86DD;
    private static final byte ICMP = 58;
    private static final byte SOLICITATION = (byte) 135;
    private static final byte ADVERTISEMENT = (byte) 136;
    private static final int OVERRIDE = 0x2000_0000;
    private static final int SOURCE = 22;
    private static final int TYPE = 54;
    private static final int TARGET = 62;
    private static final int OPTIONS = 78;
    private static final byte TARGET_LINK_ADDRESS = 2;
    private static final byte[] NOBODY = new byte[16];
    private static final byte[] ALL_NODES = {
        (byte) 0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
    };

    private final byte[] address;
    private final MacAddress own;

    NeighbourDiscoveryFrames(byte[] address, MacAddress own) {
        this.address = address.clone();
        this.own = own;
    }

    @Override
    public int etherType() {
        return ETHER_TYPE;
    }

    /** RFC 4862 §5.4.2: from the unspecified address to the address's solicited-node group. */
    @Override
    public byte[] probe() {
        ByteBuffer icmp = ByteBuffer.allocate(24);
        icmp.put(SOLICITATION).put((byte) 0).putShort((short) 0).putInt(0).put(address);
        return frame(NOBODY, solicitedNode(), icmp.array());
    }

    /** RFC 4861 §7.2.6: unsolicited, and overriding what is known. */
    @Override
    public byte[] announcement() {
        ByteBuffer icmp = ByteBuffer.allocate(32);
        icmp.put(ADVERTISEMENT).put((byte) 0).putShort((short) 0).putInt(OVERRIDE).put(address);
        icmp.put(TARGET_LINK_ADDRESS).put((byte) 1).put(own.bytes());
        return frame(address, ALL_NODES, icmp.array());
    }

    /** It says that it has the address, speaks from it, or while we ask, asks for it too. */
    @Override
    public Optional<MacAddress> claimant(byte[] bytes, int length, boolean probing) {
        if (length < OPTIONS || bytes[20] != ICMP) {
            return Optional.empty();
        }
        boolean about = Arrays.equals(bytes, TARGET, TARGET + 16, address, 0, 16);
        boolean says = about && bytes[TYPE] == ADVERTISEMENT;
        boolean speaks = Arrays.equals(bytes, SOURCE, SOURCE + 16, address, 0, 16);
        boolean asks =
                about
                        && bytes[TYPE] == SOLICITATION
                        && Arrays.equals(bytes, SOURCE, SOURCE + 16, NOBODY, 0, 16);
        MacAddress other = says ? linkAddress(bytes, length) : MacAddress.at(bytes, 6);
        boolean claims = says || speaks || (probing && asks);
        return Optional.of(other).filter(mac -> claims && !mac.equals(own));
    }

    @Override
    public Optional<MacAddress> group() {
        return Optional.of(ethernetGroup(solicitedNode()));
    }

    /** ICMPv6 of the types 135 and 136 only; offsets are those of a frame without a VLAN tag. */
    @Override
    public byte[] filter() {
        short loadByte = 0x30;
        short jumpIfEqual = 0x15;
        short answer = 0x06;
        ByteBuffer program = ByteBuffer.allocate(7 * 8).order(ByteOrder.nativeOrder());
        step(program, loadByte, 0, 0, 20);
        step(program, jumpIfEqual, 0, 4, ICMP);
        step(program, loadByte, 0, 0, TYPE);
        step(program, jumpIfEqual, 1, 0, SOLICITATION & 0xFF);
        step(program, jumpIfEqual, 0, 1, ADVERTISEMENT & 0xFF);
        step(program, answer, 0, 0, 0xFFFF);
        step(program, answer, 0, 0, 0);
        return program.array();
    }

    /** struct sock_filter: code, jump if true, jump if false, operand. */
    private static void step(ByteBuffer program, short code, int yes, int no, int operand) {
        program.putShort(code).put((byte) yes).put((byte) no).putInt(operand);
    }

    /** What a machine says its own link address is; the frame's sender if it says nothing. */
    private static MacAddress linkAddress(byte[] bytes, int length) {
        boolean said = length >= OPTIONS + 8 && bytes[OPTIONS] == TARGET_LINK_ADDRESS;
        return MacAddress.at(bytes, said ? OPTIONS + 2 : MacAddress.BYTES);
    }

    /** ff02::1:ffXX:XXXX with the last 24 bits of the address (RFC 4291 §2.7.1). */
    private byte[] solicitedNode() {
        byte[] group = {(byte) 0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte) 0xFF, 0, 0, 0};
        System.arraycopy(address, 13, group, 13, 3);
        return group;
    }

    /** RFC 2464 §7. */
    private static MacAddress ethernetGroup(byte[] group) {
        byte[] mac = {0x33, 0x33, group[12], group[13], group[14], group[15]};
        return MacAddress.at(mac, 0);
    }

    private byte[] frame(byte[] source, byte[] destination, byte[] icmp) {
        short checksum = checksum(source, destination, icmp);
        ByteBuffer frame = ByteBuffer.allocate(TYPE + icmp.length);
        frame.put(ethernetGroup(destination).bytes()).put(own.bytes()).putShort((short) ETHER_TYPE);
        frame.putInt(0x6000_0000).putShort((short) icmp.length).put(ICMP).put((byte) 255);
        frame.put(source).put(destination).put(icmp);
        frame.putShort(TYPE + 2, checksum);
        return frame.array();
    }

    /** RFC 4443 §2.3, over the pseudo-header and a message whose own checksum is zero. */
    private static short checksum(byte[] source, byte[] destination, byte[] icmp) {
        long sum = words(source) + words(destination) + words(icmp) + icmp.length + ICMP;
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        return (short) ~sum;
    }

    private static long words(byte[] bytes) {
        long sum = 0;
        for (int i = 0; i < bytes.length; i += 2) {
            sum += (bytes[i] & 0xFF) << 8 | (bytes[i + 1] & 0xFF);
        }
        return sum;
    }
}
