package io.shoestring.protocol.http;

import io.netty.buffer.ByteBuf;

/**
 * What a server is told of the client: fields that are added to each request of a connection. Made
 * once for a connection; only the host differs from request to request.
 */
public final class Forwarding {
    private static final Forwarding NONE = new Forwarding(new byte[0], new byte[0], false);

    private final byte[] beforeHost;
    private final byte[] afterHost;
    private final boolean replacesOthers;

    private Forwarding(byte[] beforeHost, byte[] afterHost, boolean replacesOthers) {
        this.beforeHost = beforeHost;
        this.afterHost = afterHost;
        this.replacesOthers = replacesOthers;
    }

    /** Nothing is added. */
    public static Forwarding none() {
        return NONE;
    }

    /**
     * X-Forwarded-For is added as a line of its own, behind those that are there; X-Forwarded-Proto
     * and X-Forwarded-Host replace those that are there.
     *
     * @param address the client's IP address
     * @param scheme "http" or "https"
     */
    public static Forwarding xForwarded(String address, String scheme) {
        return new Forwarding(
                Octets.bytes(
                        "X-Forwarded-For: %s\r\nX-Forwarded-Proto: %s\r\nX-Forwarded-Host: "
                                .formatted(address, scheme)),
                MessageHead.LINE_END,
                true);
    }

    /**
     * RFC 7239, as a line of its own behind those that are there.
     *
     * @param address the client's IP address
     * @param scheme "http" or "https"
     */
    public static Forwarding forwarded(String address, String scheme) {
        String node = address.indexOf(':') < 0 ? address : "\"[" + address + "]\"";
        return new Forwarding(
                Octets.bytes("Forwarded: for=%s;proto=%s;host=\"".formatted(node, scheme)),
                Octets.bytes("\"\r\n"),
                false);
    }

    boolean replaces(FieldName name) {
        return replacesOthers
                && (name == FieldName.X_FORWARDED_PROTO || name == FieldName.X_FORWARDED_HOST);
    }

    boolean isNone() {
        return beforeHost.length == 0;
    }

    void writeBeforeHost(ByteBuf out) {
        out.writeBytes(beforeHost);
    }

    void writeAfterHost(ByteBuf out) {
        out.writeBytes(afterHost);
    }
}
