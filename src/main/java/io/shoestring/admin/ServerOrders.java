package io.shoestring.admin;

import io.shoestring.admin.Balancers.Wish;
import io.shoestring.node.Operations.Reply;

/** How servers of backends are to be used. Calls may block; any thread that may. */
public interface ServerOrders {
    /** Lets a server get new connections, or not. */
    Reply want(String backend, String server, Wish wish);

    /**
     * Changes a server's share.
     *
     * @param weight 0 to 256
     */
    Reply weigh(String backend, String server, int weight);
}
