package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.NetUtil;
import io.shoestring.model.Endpoint;

import java.util.List;
import java.util.Locale;

/**
 * Refuses names that somebody else may point at a loopback address: a web page of theirs could
 * otherwise talk to this node from the operator's browser (DNS rebinding).
 */
final class HostCheck {
    private final String bindHost;

    HostCheck(Endpoint bind) {
        this.bindHost = requireNonNull(bind, "bind is null").host().toLowerCase(Locale.ROOT);
    }

    /**
     * Lets the request pass if it was meant for this node.
     *
     * @throws Refusal 400 or 403
     */
    void check(Request request) throws Refusal {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.size() != 1 || !hosts.getFirst().matches("[A-Za-z0-9._:\\[\\]-]{1,255}")) {
            throw Refusal.badRequest("The request needs exactly one Host header.");
        }
        String name = withoutPort(hosts.getFirst().toLowerCase(Locale.ROOT));
        if (isLoopback(bindHost) && !isOurs(name)) {
            throw new Refusal(
                    HttpResponseStatus.FORBIDDEN,
                    "This node does not answer to the name '"
                            + name
                            + "': use its address "
                            + bindHost
                            + ", or localhost.");
        }
    }

    private boolean isOurs(String name) {
        return name.equals("localhost") || name.equals(bindHost) || isAddress(name);
    }

    static boolean isLoopback(String host) {
        return host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
    }

    private static boolean isAddress(String name) {
        return NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name);
    }

    private static String withoutPort(String host) {
        if (host.startsWith("[")) {
            int end = host.indexOf(']');
            return end < 0 ? host : host.substring(1, end);
        }
        int colon = host.indexOf(':');
        return colon < 0 ? host : host.substring(0, colon);
    }
}
