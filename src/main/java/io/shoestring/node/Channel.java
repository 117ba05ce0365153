package io.shoestring.node;

import io.shoestring.model.NodeName;

import java.io.IOException;
import java.time.Duration;

/** Calls between the nodes of one cluster; both ends know for certain who the other is. */
public interface Channel extends AutoCloseable {
    /** Answers calls; may block, and is called by several threads at once. */
    @FunctionalInterface
    interface Handler {
        /**
         * The answer to a call.
         *
         * @param from the node that calls
         * @param request JSON
         * @return JSON
         */
        String answer(NodeName from, String request) throws InterruptedException;
    }

    /**
     * Asks another node, and waits for its answer.
     *
     * @param path what is asked for, beginning with a slash
     * @param request JSON
     * @param atMost how long to wait; what was asked may still be done later
     * @throws IOException if there is no answer; the message says why, in a clause
     */
    String call(NodeName node, String path, String request, Duration atMost)
            throws IOException, InterruptedException;

    /** Lets {@code handler} answer what is asked under {@code path}. */
    void serve(String path, Handler handler);

    /** Answers nothing any more that was asked under the paths that were served. */
    @Override
    default void close() {
        // Most have nothing to let go of.
    }

    /** For a node that is alone: there is nobody to be asked. */
    static Channel none() {
        return new Channel() {
            @Override
            public String call(NodeName node, String path, String request, Duration atMost)
                    throws IOException {
                throw new IOException("this node knows no way to " + node);
            }

            @Override
            public void serve(String path, Handler handler) {
                // Nobody calls.
            }
        };
    }
}
