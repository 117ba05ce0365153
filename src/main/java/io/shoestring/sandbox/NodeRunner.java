package io.shoestring.sandbox;

import io.shoestring.model.Endpoint;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Operations;

import java.nio.file.Path;

/**
 * Runs a whole node (proxy, agent, consensus of one, admin) in this process. The sandbox is given
 * one, so that it does not know how a node is wired.
 */
@FunctionalInterface
public interface NodeRunner {
    /**
     * Reads the configuration, starts everything, and returns when the listener and the admin
     * address are bound; the databases may still be on their way. Blocks. Registers no shutdown
     * hook: the caller closes what it started.
     *
     * @throws Exception whose message tells a person what is wrong; nothing goes on running then
     */
    RunningNode start(Path configFile) throws Exception;

    /** A node that runs. Thread-safe. */
    interface RunningNode extends AutoCloseable {
        /** Status and commands. */
        Operations operations();

        /** What happened and was decided. */
        Events events();

        /** Where the only database listener is really bound. */
        Endpoint listener();

        /** Where the API and the page are really bound. */
        Endpoint admin();

        /**
         * Stops everything in reverse order, ends what is being done to a member (clone, rewind)
         * and returns when it ended, after 10 seconds at most. The database servers may go on
         * running: the sandbox stops them. Closing twice does nothing.
         */
        @Override
        void close();
    }
}
