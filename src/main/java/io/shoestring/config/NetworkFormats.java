package io.shoestring.config;

import java.net.InetAddress;
import java.util.Map;

/** The kinds of values that are about the addresses of clients. */
final class NetworkFormats {
    static final Format<IpNetwork> NETWORK =
            new Format<>(
                    IpNetwork.class,
                    "range of IP addresses",
                    "an IP address or a range of them, such as 10.0.0.0/8",
                    "`10.0.0.7`, `10.0.0.0/8` or `\"fd00::/8\"`: one address, or all that share so"
                            + " many of their first bits.",
                    Map.of("type", "string", "pattern", "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"),
                    NetworkFormats::parse);

    private NetworkFormats() {}

    private static Parsed<IpNetwork> parse(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        InetAddress address;
        try {
            address = InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException _) {
            return Parsed.bad(Quoted.text(host) + " is not an IP address");
        }
        int most = host.indexOf(':') < 0 ? 32 : 128;
        String bits = slash < 0 ? "" + most : text.substring(slash + 1);
        if (!bits.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(bits) > most) {
            return Parsed.bad(
                    Quoted.text("/" + bits) + " is not the length of a prefix (0 to " + most + ")");
        }
        IpNetwork network = IpNetwork.of(address, Integer.parseInt(bits));
        return IpNetwork.of(address, most).first().equals(network.first())
                ? Parsed.good(network)
                : Parsed.bad(
                        Quoted.text(text) + " is no range: the address has bits behind its prefix");
    }
}
