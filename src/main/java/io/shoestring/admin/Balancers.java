package io.shoestring.admin;

import io.shoestring.model.BackendStatus;
import io.shoestring.node.Operations.Reply;

import java.util.List;

/** What the admin API asks of the balancers of this node. Any thread. */
public interface Balancers {
    /** All backends, in the order of the configuration. */
    List<BackendStatus> status();

    /** Lets a server get new connections, or not. */
    Reply want(String backend, String server, Wish wish);

    /**
     * Changes a server's share.
     *
     * @param weight 0 to 256
     */
    Reply weigh(String backend, String server, int weight);

    /** What an operator may want of a server. */
    enum Wish {
        READY,
        DRAIN,
        MAINTENANCE
    }

    /** A node without backends. */
    Balancers NONE =
            new Balancers() {
                @Override
                public List<BackendStatus> status() {
                    return List.of();
                }

                @Override
                public Reply want(String backend, String server, Wish wish) {
                    return new Reply(false, "There are no backends.", "");
                }

                @Override
                public Reply weigh(String backend, String server, int weight) {
                    return new Reply(false, "There are no backends.", "");
                }
            };
}
