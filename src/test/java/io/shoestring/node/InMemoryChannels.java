package io.shoestring.node;

import io.shoestring.model.NodeName;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls between nodes of one process; each direction between two of them can be cut. */
final class InMemoryChannels {
    private record Way(NodeName from, NodeName to) {}

    private final Map<NodeName, Map<String, Channel.Handler>> handlers = new ConcurrentHashMap<>();
    private final Set<Way> cut = ConcurrentHashMap.newKeySet();

    /** Nothing passes any more; what is asked is waited for in vain. */
    void cut(NodeName from, NodeName to) {
        cut.add(new Way(from, to));
    }

    void heal() {
        cut.clear();
    }

    boolean linked(NodeName one, NodeName other) {
        return !cut.contains(new Way(one, other)) && !cut.contains(new Way(other, one));
    }

    /** The node is gone. */
    void forget(NodeName node) {
        handlers.remove(node);
    }

    /** The end of one node. */
    Channel of(NodeName self) {
        handlers.put(self, new ConcurrentHashMap<>());
        return new Channel() {
            @Override
            public String call(NodeName node, String path, String request, Duration atMost)
                    throws IOException, InterruptedException {
                return ask(self, node, path, request, atMost);
            }

            @Override
            public void serve(String path, Handler handler) {
                handlers.computeIfAbsent(self, name -> new ConcurrentHashMap<>())
                        .put(path, handler);
            }
        };
    }

    private String ask(NodeName from, NodeName to, String path, String request, Duration atMost)
            throws IOException, InterruptedException {
        CompletableFuture<String> answer = new CompletableFuture<>();
        if (!cut.contains(new Way(from, to))) {
            Thread.ofVirtual().start(() -> answer(from, to, path, request, answer));
        }
        try {
            return answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + atMost.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        }
    }

    private void answer(
            NodeName from,
            NodeName to,
            String path,
            String request,
            CompletableFuture<String> answer) {
        Map<String, Channel.Handler> there = handlers.get(to);
        Channel.Handler handler = there == null ? null : there.get(path);
        if (handler == null) {
            answer.completeExceptionally(new IOException("connection refused"));
            return;
        }
        try {
            String said = handler.answer(from, request);
            if (!cut.contains(new Way(to, from))) {
                answer.complete(said);
            }
        } catch (InterruptedException | RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }
}
