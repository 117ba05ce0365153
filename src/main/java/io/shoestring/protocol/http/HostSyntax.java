package io.shoestring.protocol.http;

/** What a host looks like in a request: a name or an address, and perhaps a port (RFC 9110 7.2). */
final class HostSyntax {
    private static final int PORT_MAX = 65_535;
    private static final int PORT_DIGITS_MAX = 5;

    private HostSyntax() {}

    /** Fails if {@code bytes[from, to)} is no host. */
    static void check(byte[] bytes, int from, int to) {
        int at = afterHost(bytes, from, to);
        boolean sound = at > from && (at == to || (bytes[at] == ':' && isPort(bytes, at + 1, to)));
        if (!sound) {
            throw HttpViolation.malformed("the host is malformed", from);
        }
    }

    /** Where the port's colon is, or the end; of what is no host, anything before it. */
    static int afterHost(byte[] bytes, int from, int to) {
        return from < to && bytes[from] == '['
                ? afterAddress(bytes, from, to)
                : afterName(bytes, from, to);
    }

    private static int afterName(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && Octets.isHost(bytes[at])) {
            at++;
        }
        return at;
    }

    /** Behind an IPv6 address in brackets, or -1. */
    private static int afterAddress(byte[] bytes, int from, int to) {
        int at = from + 1;
        int colons = 0;
        while (at < to && (Octets.hex(bytes[at]) >= 0 || bytes[at] == ':' || bytes[at] == '.')) {
            colons += bytes[at] == ':' ? 1 : 0;
            at++;
        }
        return at < to && bytes[at] == ']' && colons >= 2 && colons <= 7 ? at + 1 : -1;
    }

    private static boolean isPort(byte[] bytes, int from, int to) {
        int port = 0;
        for (int at = from; at < to; at++) {
            if (!Octets.isDigit(bytes[at]) || to - from > PORT_DIGITS_MAX) {
                return false;
            }
            port = port * 10 + bytes[at] - '0';
        }
        return from < to && port <= PORT_MAX;
    }
}
