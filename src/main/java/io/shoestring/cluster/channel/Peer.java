package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.cluster.channel.PeerException.Outcome;
import io.shoestring.model.NodeName;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Another node, to be asked. One connection carries all questions; it is made when there is a
 * question and none is open, so that reconnecting needs nobody's care. Safe for many threads.
 */
public final class Peer {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    /** How a connection to this peer is made; throws if it cannot be. */
    @FunctionalInterface
    interface Connector {
        OutgoingLink connect() throws PeerException;
    }

    private final NodeName name;
    private final Connector connector;
    private final Clock clock;
    private volatile @Nullable CompletableFuture<OutgoingLink> dialed;
    private boolean ended;

    Peer(NodeName name, Connector connector, Clock clock) {
        this.name = requireNonNull(name, "name is null");
        this.connector = requireNonNull(connector, "connector is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Whom this asks. */
    public NodeName name() {
        return name;
    }

    /**
     * Asks and waits for the answer, on a thread that may wait. Many may ask at the same time, and
     * a question may be a long poll: if the peer falls silent, everybody knows after the channel's
     * limit of silence, however long their own deadline is.
     *
     * @param deadline for all of it, with connecting; whoever asks must choose one
     * @return what the peer's handler answered
     * @throws PeerException with a sentence, and what is known of the question; also when the
     *     thread is interrupted (the interrupt stays set)
     */
    public JsonNode call(String path, JsonNode question, Duration deadline) throws PeerException {
        long end = clock.nanos() + deadline.toNanos();
        byte[] body = MAPPER.writeValueAsBytes(question);
        OutgoingLink open = await(open(), deadline, path);
        return open.call(path, body, Duration.ofNanos(Math.max(0, end - clock.nanos())));
    }

    /** The open connection, or the one attempt that is under way for all who wait. */
    private synchronized CompletableFuture<OutgoingLink> open() {
        CompletableFuture<OutgoingLink> last = dialed;
        if (last != null && isUsable(last)) {
            return last;
        }
        CompletableFuture<OutgoingLink> next = new CompletableFuture<>();
        dialed = next;
        Thread.ofVirtual().name("node-channel-dial-" + name).start(() -> dial(next));
        return next;
    }

    private static boolean isUsable(CompletableFuture<OutgoingLink> last) {
        return !last.isDone() || (!last.isCompletedExceptionally() && last.join().isOpen());
    }

    private void dial(CompletableFuture<OutgoingLink> result) {
        try {
            OutgoingLink made = connector.connect();
            result.complete(made);
            if (isEnded()) {
                made.close();
            }
        } catch (PeerException | RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    private OutgoingLink await(
            CompletableFuture<OutgoingLink> connection, Duration deadline, String path)
            throws PeerException {
        try {
            return connection.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw notAsked(path, "no connection within " + deadline.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notAsked(path, "the waiting for a connection was interrupted");
        } catch (ExecutionException e) {
            throw notAsked(path, String.valueOf(requireNonNull(e.getCause()).getMessage()));
        }
    }

    private PeerException notAsked(String path, String why) {
        return new PeerException(
                Outcome.NOT_SENT, "%s was not asked '%s': %s".formatted(name, path, why));
    }

    /** Ends the connection, if there is one; the next call makes another. */
    void disconnect() {
        CompletableFuture<OutgoingLink> last = dialed;
        if (last != null && last.isDone() && !last.isCompletedExceptionally()) {
            last.join().close();
        }
    }

    private synchronized boolean isEnded() {
        return ended;
    }

    /** Ends for good. */
    void end() {
        synchronized (this) {
            ended = true;
        }
        disconnect();
    }
}
