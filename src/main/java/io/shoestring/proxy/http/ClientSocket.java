package io.shoestring.proxy.http;

/** One client's connection, for whoever looks after all of a loop. */
interface ClientSocket {
    /** Ends what has taken too long. */
    void checkDeadlines(long now);

    /** We are going: what is on its way is the last of it. */
    void shutDown();
}
