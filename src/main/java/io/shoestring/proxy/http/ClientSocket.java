package io.shoestring.proxy.http;

import java.util.List;

/** One client's connection, for whoever looks after all of a loop. */
interface ClientSocket {
    /** Ends what has taken too long. */
    void checkDeadlines(long now);

    /** Adds the requests that are under way. */
    void count(List<Exchange> all);

    /** We are going: what is on its way is the last of it. */
    void shutDown();
}
