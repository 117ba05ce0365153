package io.shoestring.proxy.backend;

import io.shoestring.monitoring.digest.SharedRequests;

import java.util.concurrent.atomic.LongAdder;

/** What happened at one server since the process started. Any thread counts. */
public final class ServerCounters {
    /** Bytes from clients to the server. */
    public final LongAdder bytesIn = new LongAdder();

    /** Bytes from the server to clients. */
    public final LongAdder bytesOut = new LongAdder();

    /** Connections that could not be opened. */
    public final LongAdder connectErrors = new LongAdder();

    /** Further attempts after a connection could not be opened. */
    public final LongAdder retries = new LongAdder();

    /** Clients that went to another server because this one could not be reached. */
    public final LongAdder redispatches = new LongAdder();

    /** Answers that were broken or cut off. */
    public final LongAdder responseErrors = new LongAdder();

    /** Exchanges that the client cut off. */
    public final LongAdder clientAborts = new LongAdder();

    /** Exchanges that the server cut off. */
    public final LongAdder serverAborts = new LongAdder();

    /**
     * How long it took: of HTTP from when a place was taken to the last byte of the answer, of TCP
     * until the connection stood.
     */
    public final SharedRequests requests = new SharedRequests();

    /** HTTP answers by the first digit of their status; the first one is not used. */
    private final LongAdder[] answers = {
        new LongAdder(),
        new LongAdder(),
        new LongAdder(),
        new LongAdder(),
        new LongAdder(),
        new LongAdder()
    };

    /** An HTTP request was answered with this status, 100 to 599. */
    public void answered(int status) {
        answers[status / 100].increment();
    }

    /**
     * HTTP requests that were answered.
     *
     * @param statusClass 1 to 5: the first digit of the status
     */
    public long answers(int statusClass) {
        return answers[statusClass].sum();
    }
}
