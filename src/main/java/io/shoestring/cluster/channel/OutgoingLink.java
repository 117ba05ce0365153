package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.cluster.channel.PeerException.Outcome;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** A connection that this node made: calls and their answers, by number. */
final class OutgoingLink implements AutoCloseable {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final String who;
    private final ChannelLimits limits;
    private final Link link;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, CompletableFuture<Frame>> waiting = new ConcurrentHashMap<>();
    private volatile String closed = "the connection ended";

    /**
     * A link over a connection whose greeting was read.
     *
     * @param who begins the sentences
     */
    OutgoingLink(String who, TlsConnection connection, ChannelLimits limits, Clock clock) {
        this.who = requireNonNull(who, "who is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.link = new Link(connection, limits, limits.frameBytesMax(), clock, new Answers());
        link.start();
    }

    boolean isOpen() {
        return link.isOpen();
    }

    JsonNode call(String path, byte[] question, Duration deadline) throws PeerException {
        Frame call = new Frame(Frame.Kind.CALL, ids.incrementAndGet(), path, question);
        if (call.bytes() > limits.frameBytesMax()) {
            throw new PeerException(
                    Outcome.NOT_SENT,
                    "%s was not asked: '%s' has %d bytes, at most %d go in one message"
                            .formatted(who, path, call.bytes(), limits.frameBytesMax()));
        }
        CompletableFuture<Frame> answer = new CompletableFuture<>();
        if (waiting.size() >= limits.callsMax()) {
            throw new PeerException(
                    Outcome.NOT_SENT,
                    "%s was not asked '%s': %d questions to it wait for an answer already"
                            .formatted(who, path, limits.callsMax()));
        }
        waiting.put(call.id(), answer);
        try {
            if (!link.send(call)) {
                throw new PeerException(
                        Outcome.NOT_SENT,
                        "%s was not asked '%s': %s".formatted(who, path, whyNot()));
            }
            return read(path, await(call, answer, deadline));
        } finally {
            waiting.remove(call.id());
        }
    }

    private String whyNot() {
        return link.isOpen() ? "it takes its messages too slowly" : closed;
    }

    private Frame await(Frame call, CompletableFuture<Frame> answer, Duration deadline)
            throws PeerException {
        try {
            return answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw givenUp(call, "no answer within " + deadline.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw givenUp(call, "the waiting for its answer was interrupted");
        } catch (ExecutionException e) {
            throw new PeerException(
                    Outcome.UNKNOWN,
                    "%s did not answer '%s': %s".formatted(who, call.path(), closed));
        }
    }

    private PeerException givenUp(Frame call, String why) {
        Outcome outcome = link.takeBack(call) ? Outcome.NOT_SENT : Outcome.UNKNOWN;
        link.send(Frame.cancel(call.id()));
        return new PeerException(
                outcome, "%s did not answer '%s': %s".formatted(who, call.path(), why));
    }

    private JsonNode read(String path, Frame answer) throws PeerException {
        if (answer.kind() == Frame.Kind.REFUSED) {
            throw new PeerException(
                    Outcome.REFUSED, "%s refused '%s': %s".formatted(who, path, answer.text()));
        }
        try {
            return MAPPER.readTree(answer.body());
        } catch (JacksonException e) {
            throw new PeerException(
                    Outcome.UNKNOWN, "%s answered '%s' with no JSON".formatted(who, path));
        }
    }

    @Override
    public void close() {
        link.close();
    }

    private final class Answers implements Link.Receiver {
        @Override
        public void received(Frame frame) {
            // An answer to a call that was given up finds nobody.
            CompletableFuture<Frame> answer = waiting.remove(frame.id());
            if (answer != null) {
                answer.complete(frame);
            } else if (frame.kind() == Frame.Kind.REFUSED && frame.id() == 0) {
                link.close(frame.text());
            }
        }

        @Override
        public void closed(String reason) {
            closed = reason;
            waiting.values()
                    .forEach(answer -> answer.completeExceptionally(new LinkClosedException()));
        }
    }

    /** Wakes those who wait; never seen outside. */
    private static final class LinkClosedException extends Exception {
        private static final long serialVersionUID = 1;

        LinkClosedException() {
            super(null, null, false, false);
        }
    }
}
