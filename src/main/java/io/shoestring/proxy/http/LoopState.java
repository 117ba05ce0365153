package io.shoestring.proxy.http;

import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.monitoring.digest.DigestTable;
import io.shoestring.network.EventLoops;
import io.shoestring.protocol.http.HeadLimits;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.protocol.http.ResponseHead;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a listener has on one event loop; nothing of it is shared with another loop. */
final class LoopState {
    /** Kinds of URLs with figures of their own, on each loop; what is more counts as others. */
    private static final int URLS_MAX = 500;

    private final EventLoop loop;
    private final Clock clock;
    private final RequestHead request;
    private final ResponseHead response;
    private final DigestTable urls = DigestTable.ofUrls(URLS_MAX);
    private final IdleServers idleServers = new IdleServers();
    private final Http2Servers http2Servers;
    private final Set<ClientSocket> clients = new HashSet<>();

    LoopState(EventLoop loop, EventLoops loops, Clock clock, HttpSettings settings) {
        HeadLimits limits = settings.limits();
        this.loop = loop;
        this.clock = clock;
        this.request = new RequestHead(limits);
        this.response = new ResponseHead(limits);
        this.http2Servers = new Http2Servers(this, loops, limits);
    }

    EventLoop loop() {
        return loop;
    }

    /** By the node's clock, in nanoseconds. */
    long now() {
        return clock.nanos();
    }

    /** The block that every request's head is read into; holds the last one. */
    RequestHead request() {
        return request;
    }

    /** The block that every answer's head is read into; holds the last one. */
    ResponseHead response() {
        return response;
    }

    /** Where requests are counted, by what their URLs have in common. */
    DigestTable urls() {
        return urls;
    }

    IdleServers idleServers() {
        return idleServers;
    }

    /** Connections to servers that speak HTTP/2. */
    Http2Servers http2Servers() {
        return http2Servers;
    }

    void add(ClientSocket client) {
        clients.add(client);
    }

    void remove(ClientSocket client) {
        clients.remove(client);
    }

    /** One look at all deadlines is cheaper than a timer for each request. */
    void sweep(long now, HttpSettings settings) {
        List.copyOf(clients).forEach(client -> client.checkDeadlines(now));
        idleServers.sweep(now, settings.idleServer().toNanos());
        http2Servers.sweep(now, settings.idleServer().toNanos());
    }

    /** The requests that are under way. */
    List<Exchange> exchanges() {
        List<Exchange> all = new ArrayList<>();
        clients.forEach(client -> client.count(all));
        return all;
    }

    void end() {
        List.copyOf(clients).forEach(ClientSocket::shutDown);
        idleServers.closeAll();
        http2Servers.closeAll();
    }
}
