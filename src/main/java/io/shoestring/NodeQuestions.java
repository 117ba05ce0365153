package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.Json;
import io.shoestring.model.NodeName;
import io.shoestring.node.Channel;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** What nodes ask each other for the operator, and what they answer; thread-safe. */
final class NodeQuestions implements AutoCloseable {
    private final NodeName name;
    private final Channel channel;

    /**
     * @param name of this node
     * @param channel is closed with this
     */
    NodeQuestions(NodeName name, Channel channel) {
        this.name = requireNonNull(name, "name is null");
        this.channel = requireNonNull(channel, "channel is null");
    }

    /** Answers what the others ask under {@code path}; the answer may block. */
    <Q> void serve(String path, Class<Q> kind, Function<Q, Object> answer) {
        channel.serve(path, (from, request) -> Json.write(answer.apply(Json.read(request, kind))));
    }

    /**
     * Asks another node.
     *
     * @throws IOException if it does not answer in time; the message says why, in a clause
     */
    <A> A ask(NodeName node, String path, Object question, Class<A> kind, Duration atMost)
            throws IOException {
        try {
            return Json.read(channel.call(node, path, Json.write(question), atMost), kind);
        } catch (IllegalArgumentException e) {
            throw new IOException("it is of another version: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("this node is stopping", e);
        }
    }

    /**
     * Asks all of these, at the same time.
     *
     * @param here answers for this node
     * @param otherwise the answer of a node that gives none, and why not
     */
    <A> Map<NodeName, A> askAll(
            Collection<NodeName> nodes,
            String path,
            Object question,
            Class<A> kind,
            Duration atMost,
            Supplier<A> here,
            BiFunction<NodeName, String, A> otherwise) {
        Map<NodeName, A> answers = new ConcurrentHashMap<>();
        List<Thread> asking = new ArrayList<>();
        for (NodeName node : nodes) {
            if (!node.equals(name)) {
                Runnable put =
                        () -> answers.put(node, ask(node, path, question, kind, atMost, otherwise));
                asking.add(Thread.ofVirtual().name("ask-" + node).start(put));
            }
        }
        answers.put(name, here.get());
        asking.forEach(thread -> join(thread, atMost.plusSeconds(1)));
        nodes.forEach(
                node ->
                        answers.computeIfAbsent(
                                node, it -> otherwise.apply(it, "it does not answer")));
        return Map.copyOf(answers);
    }

    private <A> A ask(
            NodeName node,
            String path,
            Object question,
            Class<A> kind,
            Duration atMost,
            BiFunction<NodeName, String, A> otherwise) {
        try {
            return ask(node, path, question, kind, atMost);
        } catch (IOException e) {
            return otherwise.apply(node, String.valueOf(e.getMessage()));
        }
    }

    private static void join(Thread thread, Duration atMost) {
        try {
            thread.join(atMost);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        channel.close();
    }
}
