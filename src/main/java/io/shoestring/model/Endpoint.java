package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * A TCP address.
 *
 * @param host an IP address or a host name
 * @param port 0 to 65535; 0 only where a free port is asked for
 */
public record Endpoint(String host, int port) {
    public Endpoint {
        requireNonNull(host, "host is null");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
        }
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
