package io.shoestring.address;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.AddressSpec;
import io.shoestring.model.IpPrefix;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An Ethernet interface of this machine.
 *
 * @param index the kernel's number of it, which another interface of that name would not have
 */
record Link(String name, int index, MacAddress mac) {
    Link {
        requireNonNull(name, "name is null");
        requireNonNull(mac, "mac is null");
    }

    /** The interface that an address belongs on. */
    static Link of(AddressSpec address, Netlink netlink) throws AddressException {
        try {
            NetworkInterface found =
                    address.networkInterface().isPresent()
                            ? named(address.networkInterface().get())
                            : withSubnet(address.address(), netlink);
            return of(found);
        } catch (SocketException e) {
            throw new AddressException("The interfaces cannot be read: " + e.getMessage());
        }
    }

    /** The interface of that name; empty if there is none. */
    static Optional<Link> find(String name) throws AddressException {
        try {
            NetworkInterface found = NetworkInterface.getByName(name);
            return found == null ? Optional.empty() : Optional.of(of(found));
        } catch (SocketException e) {
            throw new AddressException("The interfaces cannot be read: " + e.getMessage());
        }
    }

    /** The name of the interface of this machine that has the address now. */
    static Optional<String> whichHas(IpPrefix address, Netlink netlink) throws AddressException {
        try {
            InetAddress wanted = InetAddress.ofLiteral(address.address());
            for (Netlink.Assigned each : netlink.addresses()) {
                if (each.address().equals(wanted)) {
                    return Optional.ofNullable(NetworkInterface.getByIndex(each.index()))
                            .map(NetworkInterface::getName);
                }
            }
            return Optional.empty();
        } catch (SocketException e) {
            throw new AddressException("The interfaces cannot be read: " + e.getMessage());
        }
    }

    private static Link of(NetworkInterface found) throws AddressException, SocketException {
        byte[] mac = found.getHardwareAddress();
        if (mac == null || mac.length != MacAddress.BYTES) {
            throw new AddressException(
                    "Interface "
                            + found.getName()
                            + " is not an Ethernet interface: nobody could be told of the address"
                            + " there. Name another one.");
        }
        return new Link(found.getName(), found.getIndex(), MacAddress.at(mac, 0));
    }

    private static NetworkInterface named(String name) throws AddressException, SocketException {
        NetworkInterface found = NetworkInterface.getByName(name);
        if (found == null) {
            throw new AddressException(
                    "This machine has no interface "
                            + name
                            + "; it has "
                            + String.join(", ", names())
                            + ".");
        }
        return found;
    }

    private static NetworkInterface withSubnet(IpPrefix address, Netlink netlink)
            throws AddressException, SocketException {
        byte[] wanted = InetAddress.ofLiteral(address.address()).getAddress();
        Set<Integer> indices =
                netlink.addresses().stream()
                        .filter(
                                own ->
                                        samePrefix(
                                                own.address().getAddress(),
                                                wanted,
                                                address.length()))
                        .map(Netlink.Assigned::index)
                        .collect(Collectors.toSet());
        List<NetworkInterface> found =
                NetworkInterface.networkInterfaces()
                        .filter(each -> indices.contains(each.getIndex()))
                        .toList();
        if (found.size() == 1) {
            return found.getFirst();
        }
        String which =
                found.isEmpty()
                        ? "No interface of this machine has"
                        : "More than one interface of this machine has";
        throw new AddressException(
                which
                        + " an address in the subnet of "
                        + address
                        + ": say which one is meant with the key `interface`, one of "
                        + String.join(", ", names())
                        + ".");
    }

    private static List<String> names() throws SocketException {
        return NetworkInterface.networkInterfaces().map(NetworkInterface::getName).toList();
    }

    private static boolean samePrefix(byte[] one, byte[] other, int bits) {
        if (one.length != other.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> i % 8;
            if (((one[i / 8] ^ other[i / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }
}
