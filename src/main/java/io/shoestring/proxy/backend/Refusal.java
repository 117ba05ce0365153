package io.shoestring.proxy.backend;

/** Why a claim got no server. */
public enum Refusal {
    /** Every server is down, drained, in maintenance or of weight 0. */
    NO_SERVER("no server is up"),
    /** Every server is at its limit, and so is the queue. */
    QUEUE_FULL("every server is at its max-connections, and max-queue clients wait already"),
    /** Every server was at its limit for as long as a client waits. */
    QUEUE_TIMEOUT("every server was at its max-connections for the whole timeouts.queue");

    private final String sentence;

    Refusal(String sentence) {
        this.sentence = sentence;
    }

    /** Completes "backend x: …". */
    public String sentence() {
        return sentence;
    }
}
