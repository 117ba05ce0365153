package io.shoestring.address;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Speaks with the neighbours on one link about one address ({@code packet(7)}). What we send
 * ourselves is not received. Not thread-safe.
 */
final class PacketSocket implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final int SOL_PACKET = 263;
    private static final int ADD_MEMBERSHIP = 1;
    private static final short MULTICAST = 0;

    private final KernelSocket socket;
    private final Neighbours neighbours;
    private final byte[] frame = new byte[256];

    private PacketSocket(KernelSocket socket, Neighbours neighbours) {
        this.socket = socket;
        this.neighbours = neighbours;
    }

    static PacketSocket open(Link link, Neighbours neighbours) throws AddressException {
        // Of no protocol until it is bound: nothing of other links is received.
        KernelSocket socket = KernelSocket.open(AF_PACKET, 0);
        try {
            byte[] filter = neighbours.filter();
            if (filter.length > 0) {
                socket.filter(filter);
            }
            socket.bind(linkAddress(link, neighbours));
            Optional<MacAddress> group = neighbours.group();
            if (group.isPresent()) {
                socket.option(SOL_PACKET, ADD_MEMBERSHIP, membership(link, group.get()));
            }
            return new PacketSocket(socket, neighbours);
        } catch (AddressException e) {
            socket.close();
            throw e;
        }
    }

    void probe() throws AddressException {
        socket.send(neighbours.probe());
    }

    void announce() throws AddressException {
        socket.send(neighbours.announcement());
    }

    /**
     * Another machine that has the address, or wants it, by the next frame that comes within {@code
     * timeoutMillis}; blocks the calling thread.
     */
    Optional<MacAddress> listen(int timeoutMillis, boolean probing) throws AddressException {
        int length = socket.receive(frame, timeoutMillis);
        return length == 0 ? Optional.empty() : neighbours.claimant(frame, length, probing);
    }

    @Override
    public void close() {
        socket.close();
    }

    /** struct sockaddr_ll. */
    private static byte[] linkAddress(Link link, Neighbours neighbours) {
        ByteBuffer address = ByteBuffer.allocate(20).order(ByteOrder.nativeOrder());
        address.putShort((short) AF_PACKET);
        address.put((byte) (neighbours.etherType() >> 8)).put((byte) neighbours.etherType());
        return address.putInt(link.index()).array();
    }

    /** struct packet_mreq. */
    private static byte[] membership(Link link, MacAddress group) {
        ByteBuffer request = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
        request.putInt(link.index()).putShort(MULTICAST).putShort((short) MacAddress.BYTES);
        return request.put(group.bytes()).array();
    }
}
