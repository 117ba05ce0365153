package io.shoestring.proxy.http;

import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;

/**
 * What is remembered of one request for its line in the access log: instants of the node's clock,
 * and how it ended. Only on the client's loop.
 */
final class Trail {
    private static final long NEVER = Long.MIN_VALUE;

    /** The request's line as the client wrote it; empty: not understood. */
    String requestLine = "";

    /** For people to quote; empty: none was given. */
    String id = "";

    /** In HAProxy's letters: who ended it and when; two dashes: nobody did before its end. */
    String ending = "--";

    /** In HAProxy's letters: which sticky cookie came, and what became of it. */
    String cookie = "--";

    @Nullable Backend backend;
    @Nullable Server server;
    int status;
    long bytes;
    int retries;
    boolean redispatched;
    final long beganNanos;
    private long headNanos = NEVER;
    private long placeNanos = NEVER;
    private long lastPlaceNanos = NEVER;
    private long connectedNanos = NEVER;
    private long answerNanos = NEVER;
    private long endNanos = NEVER;

    /**
     * @param beganNanos when its first byte came
     */
    Trail(long beganNanos) {
        this.beganNanos = beganNanos;
    }

    /** Its header is complete. */
    void headRead(long now) {
        headNanos = now;
    }

    /** It has a place at a server; what an earlier attempt took is part of the wait. */
    void placed(Server at, long now) {
        server = at;
        placeNanos = placeNanos == NEVER ? now : placeNanos;
        lastPlaceNanos = now;
        connectedNanos = NEVER;
    }

    void connected(long now) {
        connectedNanos = now;
    }

    /** The header of its answer is complete. */
    void answered(long now) {
        answerNanos = now;
    }

    void ended(long now) {
        endNanos = now;
    }

    /** The server that it had last is done with it, or is not waited for any more. */
    void countAtServer(long now, boolean failed) {
        if (server != null) {
            server.counters().requests.record(now - lastPlaceNanos, failed);
        }
    }

    /**
     * From its first byte to the end of its header, in milliseconds; -1: it did not come so far.
     */
    long readMillis() {
        return between(beganNanos, headNanos);
    }

    /** For a place at a server. */
    long queueMillis() {
        return between(headNanos, placeNanos);
    }

    /** For a connection, with all attempts. */
    long connectMillis() {
        return between(placeNanos, connectedNanos);
    }

    /** For the header of the answer. */
    long answerMillis() {
        return between(connectedNanos, answerNanos);
    }

    /** From its first byte to the last one of its answer. */
    long totalMillis() {
        return between(beganNanos, endNanos);
    }

    private static long between(long from, long to) {
        return from == NEVER || to == NEVER ? -1 : (to - from) / 1_000_000;
    }
}
