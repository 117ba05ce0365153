package io.shoestring.cluster.channel;

import java.time.Duration;

/**
 * What one peer may take from this node, and how long it may be silent.
 *
 * @param frameBytesMax of one question or answer
 * @param callsMax unanswered questions of one connection
 * @param connectionsMax accepted at the same time, of which a quarter may be without a certificate
 * @param connect how long to wait for TCP
 * @param handshake how long to wait for TLS and the greeting after it
 * @param silence a connection on which nothing arrives for so long is given up (noticed within half
 *     of it more); each side sends something three times as often
 * @param frame how long one question or answer may take to arrive
 */
public record ChannelLimits(
        int frameBytesMax,
        int callsMax,
        int connectionsMax,
        Duration connect,
        Duration handshake,
        Duration silence,
        Duration frame) {
    /** Of a connection that showed no certificate. */
    static final int STRANGER_BYTES_MAX = 64 << 10;

    /** What a node uses. */
    public static final ChannelLimits STANDARD =
            new ChannelLimits(
                    4 << 20,
                    1_024,
                    256,
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(10));

    /** The same with another silence. */
    public ChannelLimits withSilence(Duration other) {
        return new ChannelLimits(
                frameBytesMax, callsMax, connectionsMax, connect, handshake, other, frame);
    }

    /** The same with another patience for TLS. */
    public ChannelLimits withHandshake(Duration other) {
        return new ChannelLimits(
                frameBytesMax, callsMax, connectionsMax, connect, other, silence, frame);
    }

    /** The same with another size of frames. */
    public ChannelLimits withFrameBytesMax(int other) {
        return new ChannelLimits(
                other, callsMax, connectionsMax, connect, handshake, silence, frame);
    }

    /** The same with another number of calls. */
    public ChannelLimits withCallsMax(int other) {
        return new ChannelLimits(
                frameBytesMax, other, connectionsMax, connect, handshake, silence, frame);
    }
}
