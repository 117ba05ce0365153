package io.shoestring.address;

import io.shoestring.model.IpPrefix;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Sets and removes addresses by the kernel's own protocol ({@code rtnetlink(7)}): one message and
 * its acknowledgement, some ten microseconds, over a socket that is open from the start. The
 * acknowledgement of a removal is the proof that nothing answers for the address any more.
 *
 * <p>Safe for use by many threads.
 */
final class Netlink implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int NETLINK_ROUTE = 0;
    private static final short ERROR = 2;
    private static final short NEW_ADDRESS = 20;
    private static final short DELETE_ADDRESS = 21;
    private static final short GET_ADDRESS = 22;
    private static final short DONE = 3;
    private static final int DUMP = 0x300;
    private static final int REQUEST = 0x1;
    private static final int ACKNOWLEDGE = 0x4;
    private static final int REPLACE = 0x100;
    private static final int EXCLUSIVE = 0x200;
    private static final int CREATE = 0x400;
    private static final short IFA_ADDRESS = 1;
    private static final short IFA_LOCAL = 2;
    private static final short IFA_CACHEINFO = 6;
    private static final short IFA_FLAGS = 8;

    /**
     * No detection of duplicates by the kernel, during which the address would not answer: ours is
     * done before.
     */
    private static final int IFA_F_NODAD = 0x02;

    private static final int FOREVER = 0xFFFF_FFFF;
    private static final int ANSWER_MILLIS = 1_000;
    private static final int HEADER = 16;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;

    /**
     * An address that an interface has.
     *
     * @param index of the interface
     */
    record Assigned(int index, InetAddress address) {}

    private final KernelSocket socket;
    private final byte[] answer = new byte[KernelSocket.LARGEST_MESSAGE];
    private int sequence;

    Netlink() throws AddressException {
        socket = KernelSocket.open(AF_NETLINK, NETLINK_ROUTE);
    }

    /**
     * Sets an address that is not there.
     *
     * @param seconds after which the kernel itself removes it, within about one second; empty:
     *     never
     */
    void add(Link link, IpPrefix address, OptionalLong seconds) throws AddressException {
        request(NEW_ADDRESS, CREATE | EXCLUSIVE, link.index(), address, seconds);
    }

    /** Gives an address that is there another lifetime. */
    void prolong(Link link, IpPrefix address, OptionalLong seconds) throws AddressException {
        request(NEW_ADDRESS, REPLACE, link.index(), address, seconds);
    }

    /** Removes an address; whether it was there. */
    boolean remove(Link link, IpPrefix address) throws AddressException {
        try {
            request(DELETE_ADDRESS, 0, link.index(), address, OptionalLong.empty());
            return true;
        } catch (AddressException e) {
            boolean gone =
                    e.error() == Errno.EADDRNOTAVAIL
                            || e.error() == Errno.ENODEV
                            || e.error() == Errno.ENXIO;
            if (gone) {
                return false;
            }
            throw e;
        }
    }

    /** Every address of this machine. */
    synchronized List<Assigned> addresses() throws AddressException {
        sequence++;
        ByteBuffer question = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
        question.putInt(24).putShort(GET_ADDRESS).putShort((short) (REQUEST | DUMP));
        question.putInt(sequence).putInt(0);
        socket.send(question.array());
        List<Assigned> found = new ArrayList<>();
        while (!part(found)) {
            // The list comes in several messages.
        }
        return found;
    }

    /** Reads a part of the list; whether it was the last. */
    private boolean part(List<Assigned> found) throws AddressException {
        ByteBuffer message = receive();
        while (message.remaining() >= HEADER) {
            int start = message.position();
            int length = message.getInt(start);
            short type = message.getShort(start + 4);
            if (type == ERROR || length < HEADER) {
                throw new AddressException("The kernel does not tell this machine's addresses.");
            }
            if (type == DONE) {
                return true;
            }
            if (type == NEW_ADDRESS && message.getInt(start + 8) == sequence) {
                assigned(message.slice(start, length).order(ByteOrder.nativeOrder()))
                        .ifPresent(found::add);
            }
            message.position(Math.min(message.limit(), start + aligned(length)));
        }
        return false;
    }

    /** IFA_LOCAL is the machine's own address, where there is one; IFA_ADDRESS may be a peer's. */
    private static Optional<Assigned> assigned(ByteBuffer message) {
        Optional<Assigned> found = Optional.empty();
        int at = HEADER + 8;
        while (at + 4 <= message.limit()) {
            int length = Short.toUnsignedInt(message.getShort(at));
            short type = message.getShort(at + 2);
            if (length < 4) {
                return found;
            }
            if (type == IFA_LOCAL || (type == IFA_ADDRESS && found.isEmpty())) {
                int index = message.getInt(HEADER + 4);
                found = address(message, at + 4, length - 4).map(ip -> new Assigned(index, ip));
            }
            at += aligned(length);
        }
        return found;
    }

    private static Optional<InetAddress> address(ByteBuffer message, int at, int length) {
        byte[] bytes = new byte[length];
        message.get(at, bytes);
        try {
            return Optional.of(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException e) {
            // Of a family that is not IP.
            return Optional.empty();
        }
    }

    private static int aligned(int length) {
        return (length + 3) & ~3;
    }

    @Override
    public synchronized void close() {
        socket.close();
    }

    private synchronized void request(
            short type, int flags, int index, IpPrefix address, OptionalLong seconds)
            throws AddressException {
        sequence++;
        socket.send(message(type, flags, index, address, seconds));
        int error = await();
        if (error != 0) {
            String what = type == DELETE_ADDRESS ? "removing " : "setting ";
            throw AddressException.of(what + address, error);
        }
    }

    private byte[] message(
            short type, int flags, int index, IpPrefix address, OptionalLong seconds) {
        byte[] bytes = InetAddress.ofLiteral(address.address()).getAddress();
        ByteBuffer message = ByteBuffer.allocate(128).order(ByteOrder.nativeOrder());
        // struct nlmsghdr; its length is filled in below.
        message.putInt(0).putShort(type).putShort((short) (REQUEST | ACKNOWLEDGE | flags));
        message.putInt(sequence).putInt(0);
        // struct ifaddrmsg: the scope is global.
        message.put(address.isIpv6() ? AF_INET6 : AF_INET).put((byte) address.length());
        message.put((byte) 0).put((byte) 0).putInt(index);
        attribute(message, IFA_LOCAL, bytes);
        attribute(message, IFA_ADDRESS, bytes);
        if (type == NEW_ADDRESS) {
            attribute(message, IFA_CACHEINFO, lifetime(address, seconds));
            attribute(message, IFA_FLAGS, numbers(IFA_F_NODAD));
        }
        message.putInt(0, message.position());
        byte[] exact = new byte[message.position()];
        message.get(0, exact);
        return exact;
    }

    /** struct ifa_cacheinfo: preferred, valid, and two that the kernel fills in. */
    private static byte[] lifetime(IpPrefix address, OptionalLong seconds) {
        int valid = seconds.isEmpty() ? FOREVER : (int) Math.max(1, seconds.getAsLong());
        // An IPv6 address that is not preferred is never chosen for connections from this machine.
        return numbers(address.isIpv6() ? 0 : valid, valid, 0, 0);
    }

    private static byte[] numbers(int... numbers) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.nativeOrder());
        for (int number : numbers) {
            buffer.putInt(number);
        }
        return buffer.array();
    }

    /** All our values have lengths that are multiples of four, as the alignment asks. */
    private static void attribute(ByteBuffer message, short type, byte[] value) {
        message.putShort((short) (4 + value.length)).putShort(type).put(value);
    }

    private ByteBuffer receive() throws AddressException {
        int length = socket.receive(answer, ANSWER_MILLIS);
        if (length == 0) {
            throw new AddressException("The kernel did not answer within 1 s.");
        }
        return ByteBuffer.wrap(answer, 0, length).order(ByteOrder.nativeOrder());
    }

    /** The error number of the acknowledgement of the newest request; 0 if it was carried out. */
    private int await() throws AddressException {
        while (true) {
            ByteBuffer message = receive();
            boolean ours =
                    message.limit() >= HEADER + 4
                            && message.getShort(4) == ERROR
                            && message.getInt(8) == sequence;
            if (ours) {
                return -message.getInt(HEADER);
            }
        }
    }
}
