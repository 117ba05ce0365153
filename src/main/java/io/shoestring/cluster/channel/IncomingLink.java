package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

/** A connection that was accepted: each call runs on a virtual thread of its own. */
final class IncomingLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IncomingLink.class);
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final int FULL_SIZE_CALLS_MAX = 4;

    private final NodeName peer;
    private final ChannelLimits limits;
    private final Function<String, Optional<Handler>> handlers;
    private final Consumer<IncomingLink> ended;
    private final Link link;
    private final Map<Long, Thread> running = new ConcurrentHashMap<>();
    private final AtomicLong runningBytes = new AtomicLong();

    /**
     * A link over a connection that was greeted.
     *
     * @param handlers for the paths that this peer may call
     * @param ended is called once
     */
    IncomingLink(
            NodeName peer,
            TlsConnection connection,
            ChannelLimits limits,
            int bytesMax,
            Clock clock,
            Function<String, Optional<Handler>> handlers,
            Consumer<IncomingLink> ended) {
        this.peer = requireNonNull(peer, "peer is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.handlers = requireNonNull(handlers, "handlers is null");
        this.ended = requireNonNull(ended, "ended is null");
        this.link = new Link(connection, limits, bytesMax, clock, new Calls());
    }

    void start() {
        link.start();
    }

    NodeName peer() {
        return peer;
    }

    private void begin(Frame call) {
        Optional<Handler> handler = handlers.apply(call.path());
        long bytes = runningBytes.addAndGet(call.bytes());
        if (handler.isEmpty()) {
            refuse(
                    call,
                    "it knows no '%s'; give both machines the same version".formatted(call.path()));
        } else if (running.size() >= limits.callsMax()
                || bytes > (long) FULL_SIZE_CALLS_MAX * limits.frameBytesMax()) {
            refuse(
                    call,
                    "it has %d questions of this node to answer already".formatted(running.size()));
        } else {
            Thread thread =
                    Thread.ofVirtual()
                            .name("node-channel-" + peer + "-" + call.path())
                            .unstarted(() -> run(handler.get(), call));
            running.put(call.id(), thread);
            thread.start();
        }
    }

    private void refuse(Frame call, String sentence) {
        runningBytes.addAndGet(-call.bytes());
        send(Frame.refused(call.id(), sentence));
    }

    private void run(Handler handler, Frame call) {
        try {
            Frame answer = answer(handler, call);
            if (running.remove(call.id()) != null) {
                send(answer);
            }
        } finally {
            running.remove(call.id());
            runningBytes.addAndGet(-call.bytes());
        }
    }

    private Frame answer(Handler handler, Frame call) {
        try {
            JsonNode answer = handler.answer(peer, MAPPER.readTree(call.body()));
            byte[] body = MAPPER.writeValueAsBytes(answer);
            return body.length + Frame.HEADER_BYTES > limits.frameBytesMax()
                    ? Frame.refused(
                            call.id(),
                            "its answer has %d bytes, at most %d go in one message"
                                    .formatted(body.length, limits.frameBytesMax()))
                    : new Frame(Frame.Kind.ANSWER, call.id(), "", body);
        } catch (RefusedException e) {
            return Frame.refused(call.id(), String.valueOf(e.getMessage()));
        } catch (JacksonException e) {
            return Frame.refused(call.id(), "the question is no JSON that it understands");
        } catch (InterruptedException e) {
            return Frame.refused(call.id(), "it was interrupted");
        } catch (Exception e) {
            LOG.warn("node channel: answering '{}' of {} failed", call.path(), peer, e);
            return Frame.refused(call.id(), "it failed (" + e + "); its log says where");
        }
    }

    private void send(Frame frame) {
        if (!link.send(frame) && link.isOpen()) {
            link.close("it takes its answers too slowly");
        }
    }

    private void cancel(long id) {
        Thread thread = running.remove(id);
        if (thread != null) {
            thread.interrupt();
        }
    }

    void close(String reason) {
        link.close(reason);
    }

    @Override
    public void close() {
        link.close();
    }

    private final class Calls implements Link.Receiver {
        @Override
        public void received(Frame frame) {
            switch (frame.kind()) {
                case CALL -> begin(frame);
                case CANCEL -> cancel(frame.id());
                case GREETING, ALIVE, ANSWER, REFUSED ->
                        link.close("it sent a message that only the other side may send");
            }
        }

        @Override
        public void closed(String reason) {
            LOG.debug("node channel: the connection from {} ended: {}", peer, reason);
            running.keySet().forEach(IncomingLink.this::cancel);
            ended.accept(IncomingLink.this);
        }
    }
}
