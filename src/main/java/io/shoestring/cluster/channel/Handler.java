package io.shoestring.cluster.channel;

import io.shoestring.model.NodeName;

import tools.jackson.databind.JsonNode;

/**
 * Answers one kind of question. Runs on a virtual thread of its own: it may block, and so may be a
 * long poll. It is interrupted when nobody waits for the answer any more.
 */
@FunctionalInterface
public interface Handler {
    /**
     * Answers.
     *
     * @param peer who asks, by its certificate
     * @param question any JSON
     * @throws RefusedException with the sentence that the peer gets
     * @throws Exception on a fault of our own: the peer is told that there was one
     */
    JsonNode answer(NodeName peer, JsonNode question) throws Exception;
}
