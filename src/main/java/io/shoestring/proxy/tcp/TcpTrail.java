package io.shoestring.proxy.tcp;

import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;

/**
 * What is remembered of one connection for its line in the access log: instants of the node's
 * clock, and how it ended. Only on the client's loop.
 */
final class TcpTrail {
    private static final long NEVER = Long.MIN_VALUE;
    private static final String REGULAR = "--";

    @Nullable Backend backend;
    @Nullable Server server;
    long bytes;
    int retries;
    boolean redispatched;
    private final long beganNanos;
    private String ending = REGULAR;
    private long placeNanos = NEVER;
    private long connectedNanos = NEVER;

    TcpTrail(long beganNanos) {
        this.beganNanos = beganNanos;
    }

    /** It has a place at a server; what an earlier attempt took is part of connecting. */
    void placed(Server at, long now) {
        server = at;
        placeNanos = placeNanos == NEVER ? now : placeNanos;
    }

    void connected(long now) {
        connectedNanos = now;
    }

    /** Who ended it and when, in HAProxy's letters; the first to say so is right. */
    void ends(String letters) {
        if (ending.equals(REGULAR)) {
            ending = letters;
        }
    }

    String ending() {
        return ending;
    }

    /** For a place at a server, in milliseconds; -1: it got none. */
    long queueMillis() {
        return between(beganNanos, placeNanos);
    }

    /** For a connection, with all attempts. */
    long connectMillis() {
        return between(placeNanos, connectedNanos);
    }

    /** From the first moment to that one. */
    long totalMillis(long now) {
        return between(beganNanos, now);
    }

    private static long between(long from, long to) {
        return from == NEVER || to == NEVER ? -1 : (to - from) / 1_000_000;
    }
}
