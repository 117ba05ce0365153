package io.shoestring.config;

import io.shoestring.model.Endpoint;
import io.shoestring.model.IpPrefix;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses as they are written in the file. Nothing is ever looked up in the DNS. */
final class Addresses {
    private static final Pattern ENDPOINT =
            Pattern.compile("(?:\\[([^\\]]*)\\]|([^:\\[\\]]*)):([0-9]{1,5})");
    private static final Pattern DIGITS_AND_DOTS = Pattern.compile("[0-9.]+");
    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final String LABEL = "[A-Za-z0-9_][A-Za-z0-9_-]{0,62}";
    private static final Pattern HOST_NAME = Pattern.compile(LABEL + "(\\." + LABEL + "){0,126}");
    private static final Pattern IPV6 =
            Pattern.compile("([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(%[A-Za-z0-9_.-]+)?");

    private static final Pattern ZEROS = Pattern.compile("(^|:)0(:0)+(:|$)");

    private Addresses() {}

    static Parsed<String> parseHost(String text) {
        if (isWildcard(text)) {
            return Parsed.bad(Quoted.text(text) + " is no machine's address");
        }
        Matcher endpoint = ENDPOINT.matcher(text);
        if (endpoint.matches() && isHost(host(endpoint))) {
            return Parsed.bad(
                    Quoted.text(text) + " has a port", Suggestion.didYouMean(host(endpoint)));
        }
        String bare = text.startsWith("[") && text.endsWith("]") ? inside(text) : text;
        return isHost(bare)
                ? Parsed.good(bare)
                : Parsed.bad(Quoted.text(text) + " is not an address");
    }

    static Parsed<URI> parseUrl(String text) {
        boolean known = text.startsWith("http://") || text.startsWith("https://");
        if (!known) {
            return Parsed.bad(Quoted.text(text) + " does not begin with http:// or https://");
        }
        String address = text.substring(text.indexOf("//") + 2);
        if (address.indexOf('@') >= 0) {
            return Parsed.bad(
                    "the URL names a user", "write consensus.user and consensus.password-file");
        }
        if (address.indexOf('/') >= 0) {
            return Parsed.bad(Quoted.text(text) + " has a path", "leave out what follows the port");
        }
        return switch (parseEndpoint(address)) {
            case Parsed.Good<Endpoint> _ -> Parsed.good(URI.create(text));
            case Parsed.Bad<Endpoint>(var message, var hint) -> new Parsed.Bad<>(message, hint);
        };
    }

    /** Where somebody else listens: neither port 0 nor "every address" will do. */
    static Parsed<Endpoint> parseServer(String text) {
        return switch (parseEndpoint(text)) {
            case Parsed.Good<Endpoint>(var server) when server.port() == 0 ->
                    Parsed.bad(Quoted.text(text) + " has no port");
            case Parsed.Good<Endpoint>(var server) when isWildcard(server.host()) ->
                    Parsed.bad(Quoted.text(server.host()) + " is no machine's address");
            case Parsed<Endpoint> parsed -> parsed;
        };
    }

    static Parsed<Endpoint> parseEndpoint(String text) {
        Matcher matcher = ENDPOINT.matcher(text);
        if (!matcher.matches()) {
            return new Parsed.Bad<>(
                    Quoted.text(text) + " is not an address and a port", endpointHint(text));
        }
        String host = host(matcher);
        int port = Integer.parseInt(matcher.group(3));
        if (host.isEmpty() || host.equals("*")) {
            return Parsed.bad(
                    Quoted.text(text) + " has no address",
                    Suggestion.didYouMean("0.0.0.0:" + port));
        }
        boolean bracketed = matcher.group(1) != null;
        if (bracketed ? !isIpv6(host) : !isHost(host)) {
            return Parsed.bad(Quoted.text(host) + " is not an address");
        }
        return port > 65_535
                ? Parsed.bad(port + " is not a port (0 to 65535)")
                : Parsed.good(new Endpoint(host, port));
    }

    static Parsed<IpPrefix> parsePrefix(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        if (!isNumeric(host)) {
            return Parsed.bad(Quoted.text(host) + " is not an IP address");
        }
        int most = host.indexOf(':') < 0 ? 32 : 128;
        if (slash < 0) {
            return Parsed.bad(
                    Quoted.text(text) + " has no length of a prefix",
                    Suggestion.didYouMean(text + (most == 32 ? "/24" : "/64")));
        }
        String bits = text.substring(slash + 1);
        if (!bits.matches("[1-9][0-9]{0,2}") || Integer.parseInt(bits) > most) {
            return Parsed.bad(
                    Quoted.text("/" + bits) + " is not the length of a prefix (1 to " + most + ")");
        }
        InetAddress address = InetAddress.ofLiteral(host);
        return oneMachine(address, Integer.parseInt(bits))
                ? Parsed.good(new IpPrefix(shortest(address), Integer.parseInt(bits)))
                : Parsed.bad(
                        Quoted.text(host) + " is no address that a machine of a subnet can have");
    }

    /** As people write it: of an IPv6 address the longest run of zeros is left out (RFC 5952). */
    private static String shortest(InetAddress address) {
        String whole = address.getHostAddress();
        String longest =
                ZEROS.matcher(whole)
                        .results()
                        .map(MatchResult::group)
                        .reduce("", (one, other) -> other.length() > one.length() ? other : one);
        if (whole.indexOf(':') < 0 || longest.isEmpty()) {
            return whole;
        }
        int at = whole.indexOf(longest);
        return whole.substring(0, at) + "::" + whole.substring(at + longest.length());
    }

    private static boolean isNumeric(String host) {
        return IPV4.matcher(host).matches() || (isIpv6(host) && host.indexOf('%') < 0);
    }

    /** Not of a group, not everybody's, not the subnet's own, and not good on one link only. */
    private static boolean oneMachine(InetAddress address, int bits) {
        boolean special =
                address.isAnyLocalAddress()
                        || address.isLoopbackAddress()
                        || address.isMulticastAddress()
                        || address.isLinkLocalAddress();
        byte[] bytes = address.getAddress();
        boolean small = bits >= bytes.length * 8 - 1;
        boolean subnet = !small && rest(bytes, bits, 0);
        boolean broadcast = !small && bytes.length == 4 && rest(bytes, bits, 1);
        return !special && !subnet && !broadcast;
    }

    /** Whether all bits after the first {@code bits} are {@code bit}. */
    private static boolean rest(byte[] bytes, int bits, int bit) {
        for (int i = bits; i < bytes.length * 8; i++) {
            if ((bytes[i / 8] >> (7 - i % 8) & 1) != bit) {
                return false;
            }
        }
        return true;
    }

    private static Optional<String> endpointHint(String text) {
        if (text.matches("[0-9]{1,5}")) {
            return Optional.of(Suggestion.didYouMean("127.0.0.1:" + text));
        }
        int colon = text.lastIndexOf(':');
        if (colon > 0 && isIpv6(text.substring(0, colon))) {
            String bracketed = "[" + text.substring(0, colon) + "]" + text.substring(colon);
            return Optional.of("an IPv6 address stands in brackets: " + Quoted.text(bracketed));
        }
        return isHost(text)
                ? Optional.of("add the port: " + Quoted.text(text + ":6432"))
                : Optional.empty();
    }

    private static String host(Matcher endpoint) {
        return endpoint.group(1) != null ? endpoint.group(1) : endpoint.group(2);
    }

    private static String inside(String bracketed) {
        return bracketed.substring(1, bracketed.length() - 1);
    }

    private static boolean isHost(String text) {
        if (DIGITS_AND_DOTS.matcher(text).matches()) {
            return IPV4.matcher(text).matches();
        }
        return isIpv6(text) || (text.length() <= 253 && HOST_NAME.matcher(text).matches());
    }

    private static boolean isIpv6(String text) {
        return ipv6(text).isPresent();
    }

    /** The one way to write that IPv6 address, without its zone. */
    private static Optional<String> ipv6(String text) {
        Matcher matcher = IPV6.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(matcher.group(1)).getHostAddress());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The one way to write that host. */
    static String canonical(String host) {
        return ipv6(host).orElse(host.toLowerCase(Locale.ROOT));
    }

    private static boolean isWildcard(String host) {
        String canonical = canonical(host);
        return canonical.equals("0.0.0.0") || isWildcard6(canonical);
    }

    private static boolean isWildcard6(String canonical) {
        return canonical.equals("0:0:0:0:0:0:0:0");
    }

    /** Whether only this machine itself reaches it. */
    static boolean isLoopback(String host) {
        String canonical = canonical(host);
        return canonical.equals("localhost")
                || canonical.equals("0:0:0:0:0:0:0:1")
                || canonical.matches("127(\\.[0-9]{1,3}){3}");
    }

    /** Whether two sockets with one port could not be bound to both. */
    static boolean overlap(String one, String other) {
        return covers(canonical(one), canonical(other)) || covers(canonical(other), canonical(one));
    }

    private static boolean covers(String wide, String narrow) {
        boolean narrowIsIpv6 = narrow.indexOf(':') >= 0;
        return wide.equals(narrow)
                || isWildcard6(wide)
                || (wide.equals("0.0.0.0") && !narrowIsIpv6)
                || (wide.equals("localhost")
                        && (narrow.equals("127.0.0.1") || narrow.equals("0:0:0:0:0:0:0:1")));
    }
}
