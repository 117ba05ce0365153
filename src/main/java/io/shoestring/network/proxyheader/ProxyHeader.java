package io.shoestring.network.proxyheader;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.shoestring.config.BackendConfig.ProxyProtocol;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What the header of the PROXY protocol says (specification of HAProxy, versions 1 and 2).
 *
 * @param addresses of the connection that is spoken for; empty: the one that carries the header
 *     speaks for itself (a check, or a kind of address that is not known)
 */
public record ProxyHeader(Optional<Addresses> addresses) {
    private static final byte[] LINE_START = ascii("PROXY ");
    private static final byte[] SIGNATURE = {
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
    };
    private static final int LINE_BYTES_MAX = 107;
    private static final int FIXED_BYTES = 16;
    private static final int LENGTH_AT = 14;
    private static final int REST_BYTES_MAX = 4_096;
    private static final int VERSION_2 = 0x20;
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int TCP_IPV4 = 0x11;
    private static final int TCP_IPV6 = 0x21;
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;

    /** Of a connection that speaks for itself. */
    public static final ProxyHeader OWN = new ProxyHeader(Optional.empty());

    public ProxyHeader {
        requireNonNull(addresses, "addresses is null");
    }

    /** From where a connection came, and to where; both of the same family. */
    public record Addresses(InetSocketAddress source, InetSocketAddress destination) {
        public Addresses {
            requireNonNull(source, "source is null");
            requireNonNull(destination, "destination is null");
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    // ------------------------------------------------------------------ reading

    /**
     * Reads a header of either version at the reader index.
     *
     * @return empty while it is incomplete; nothing has been read then
     * @throws ProxyHeaderException as soon as it cannot become one
     */
    public static Optional<ProxyHeader> read(ByteBuf in) throws ProxyHeaderException {
        if (!in.isReadable()) {
            return Optional.empty();
        }
        return in.getByte(in.readerIndex()) == SIGNATURE[0] ? readBinary(in) : readLine(in);
    }

    private static void checkStart(ByteBuf in, byte[] start) throws ProxyHeaderException {
        int length = Math.min(start.length, in.readableBytes());
        for (int i = 0; i < length; i++) {
            if (in.getByte(in.readerIndex() + i) != start[i]) {
                throw new ProxyHeaderException("it does not begin with a PROXY header");
            }
        }
    }

    private static Optional<ProxyHeader> readLine(ByteBuf in) throws ProxyHeaderException {
        checkStart(in, LINE_START);
        int most = Math.min(in.readableBytes(), LINE_BYTES_MAX);
        int end = in.bytesBefore(in.readerIndex(), most, (byte) '\n');
        if (end < 0) {
            if (most == LINE_BYTES_MAX) {
                throw new ProxyHeaderException("its PROXY line is longer than 107 bytes");
            }
            return Optional.empty();
        }
        String line = in.toString(in.readerIndex(), end + 1, StandardCharsets.US_ASCII);
        ProxyHeader header = parse(line);
        in.skipBytes(end + 1);
        return Optional.of(header);
    }

    private static ProxyHeader parse(String line) throws ProxyHeaderException {
        if (!line.endsWith("\r\n")) {
            throw new ProxyHeaderException("its PROXY line ends without CR");
        }
        String[] words = line.substring(0, line.length() - 2).split(" ", -1);
        if (words.length > 1 && words[1].equals("UNKNOWN")) {
            return new ProxyHeader(Optional.empty());
        }
        boolean ipv4 = words.length == 6 && words[1].equals("TCP4");
        if (!ipv4 && !(words.length == 6 && words[1].equals("TCP6"))) {
            throw new ProxyHeaderException("its PROXY line is malformed");
        }
        return new ProxyHeader(
                Optional.of(
                        new Addresses(
                                address(words[2], words[4], ipv4),
                                address(words[3], words[5], ipv4))));
    }

    private static InetSocketAddress address(String host, String port, boolean ipv4)
            throws ProxyHeaderException {
        try {
            InetAddress address = InetAddress.ofLiteral(host);
            boolean sound = host.indexOf(':') < 0 == ipv4 && port.matches("0|[1-9][0-9]{0,4}");
            if (sound && Integer.parseInt(port) <= 65_535) {
                return new InetSocketAddress(address, Integer.parseInt(port));
            }
        } catch (IllegalArgumentException _) {
            // Said below.
        }
        throw new ProxyHeaderException("its PROXY line has a malformed address");
    }

    private static Optional<ProxyHeader> readBinary(ByteBuf in) throws ProxyHeaderException {
        checkStart(in, SIGNATURE);
        if (in.readableBytes() < FIXED_BYTES) {
            return Optional.empty();
        }
        int at = in.readerIndex();
        int command = in.getUnsignedByte(at + SIGNATURE.length);
        int family = in.getUnsignedByte(at + SIGNATURE.length + 1);
        int rest = in.getUnsignedShort(at + LENGTH_AT);
        if ((command & 0xf0) != VERSION_2 || (command != LOCAL && command != PROXY)) {
            throw new ProxyHeaderException("its PROXY header is of a version that is not known");
        }
        if (rest > REST_BYTES_MAX) {
            throw new ProxyHeaderException("its PROXY header is longer than 4 KiB");
        }
        if (in.readableBytes() < FIXED_BYTES + rest) {
            return Optional.empty();
        }
        Optional<Addresses> addresses =
                command == LOCAL
                        ? Optional.empty()
                        : addresses(in.slice(at + FIXED_BYTES, rest), family);
        in.skipBytes(FIXED_BYTES + rest);
        return Optional.of(new ProxyHeader(addresses));
    }

    /** What follows the addresses says nothing that is needed here. */
    private static Optional<Addresses> addresses(ByteBuf in, int family)
            throws ProxyHeaderException {
        int length =
                switch (family) {
                    case TCP_IPV4 -> IPV4_BYTES;
                    case TCP_IPV6 -> IPV6_BYTES;
                    default -> 0;
                };
        if (length == 0) {
            return Optional.empty();
        }
        if (in.readableBytes() < 2 * length + 4) {
            throw new ProxyHeaderException("its PROXY header is too short for its addresses");
        }
        byte[] source = new byte[length];
        byte[] destination = new byte[length];
        in.readBytes(source).readBytes(destination);
        return Optional.of(
                new Addresses(
                        at(source, in.readUnsignedShort()),
                        at(destination, in.readUnsignedShort())));
    }

    private static InetSocketAddress at(byte[] address, int port) throws ProxyHeaderException {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), port);
        } catch (UnknownHostException e) {
            throw new ProxyHeaderException("its PROXY header has a malformed address");
        }
    }

    // ------------------------------------------------------------------ writing

    /** Writes it in that version, if in any. */
    public void writeTo(ByteBuf out, ProxyProtocol version) {
        switch (version) {
            case NONE -> {}
            case V1 -> out.writeCharSequence(line(), StandardCharsets.US_ASCII);
            case V2 -> writeBinary(out);
        }
    }

    private String line() {
        return addresses
                .filter(ProxyHeader::areOfOneFamily)
                .map(
                        each ->
                                "PROXY TCP%d %s %s %d %d\r\n"
                                        .formatted(
                                                isIpv4(each.source()) ? 4 : 6,
                                                each.source().getAddress().getHostAddress(),
                                                each.destination().getAddress().getHostAddress(),
                                                each.source().getPort(),
                                                each.destination().getPort()))
                .orElse("PROXY UNKNOWN\r\n");
    }

    private void writeBinary(ByteBuf out) {
        out.writeBytes(SIGNATURE);
        Optional<Addresses> known = addresses.filter(ProxyHeader::areOfOneFamily);
        if (known.isEmpty()) {
            out.writeByte(LOCAL).writeByte(0).writeShort(0);
            return;
        }
        byte[] source = known.get().source().getAddress().getAddress();
        out.writeByte(PROXY).writeByte(source.length == IPV4_BYTES ? TCP_IPV4 : TCP_IPV6);
        out.writeShort(2 * source.length + 4);
        out.writeBytes(source);
        out.writeBytes(known.get().destination().getAddress().getAddress());
        out.writeShort(known.get().source().getPort());
        out.writeShort(known.get().destination().getPort());
    }

    private static boolean areOfOneFamily(Addresses addresses) {
        return isIpv4(addresses.source()) == isIpv4(addresses.destination());
    }

    private static boolean isIpv4(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address;
    }
}
