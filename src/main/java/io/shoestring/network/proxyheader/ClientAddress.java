package io.shoestring.network.proxyheader;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

import java.net.InetSocketAddress;

/** Whose connection it is: as a trusted proxy has said, or as the socket says. */
public final class ClientAddress {
    private static final AttributeKey<ProxyHeader.Addresses> TOLD =
            AttributeKey.valueOf(ClientAddress.class, "told");

    private ClientAddress() {}

    static void set(Channel channel, ProxyHeader.Addresses addresses) {
        channel.attr(TOLD).set(addresses);
    }

    /** Where the client is. */
    public static InetSocketAddress of(Channel channel) {
        ProxyHeader.Addresses told = channel.attr(TOLD).get();
        return told == null ? (InetSocketAddress) channel.remoteAddress() : told.source();
    }

    /** Where the client connected to. */
    public static InetSocketAddress destinationOf(Channel channel) {
        ProxyHeader.Addresses told = channel.attr(TOLD).get();
        return told == null ? (InetSocketAddress) channel.localAddress() : told.destination();
    }
}
