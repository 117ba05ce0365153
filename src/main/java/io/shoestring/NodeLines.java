package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.cluster.channel.NodeChannel;
import io.shoestring.cluster.channel.PeerException;
import io.shoestring.model.NodeName;
import io.shoestring.node.Channel;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The nodes' calls to each other over the authenticated channel, until it is closed. */
final class NodeLines implements Channel {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final NodeChannel channel;
    private final List<String> served = new CopyOnWriteArrayList<>();

    NodeLines(NodeChannel channel) {
        this.channel = requireNonNull(channel, "channel is null");
    }

    @Override
    public String call(NodeName node, String path, String request, Duration atMost)
            throws IOException, InterruptedException {
        try {
            return channel.peer(node).call(path, MAPPER.readTree(request), atMost).toString();
        } catch (PeerException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw e;
        }
    }

    @Override
    public void serve(String path, Handler handler) {
        served.add(path);
        channel.serve(
                path,
                (peer, question) -> MAPPER.readTree(handler.answer(peer, question.toString())));
    }

    /** Answers nothing any more; the channel stays open. */
    @Override
    public void close() {
        served.forEach(channel::withdraw);
    }
}
