package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;

/**
 * Who uses a server connection: gets the answers of it, and hears what has become of it. All on the
 * connection's event loop.
 */
interface LinkOwner {
    /** Answers for the client, as they came. Takes them over; {@link #flushClient} follows. */
    void toClient(ByteBuf bytes);

    /** What was read at once is all written. */
    void flushClient();

    /** Whether the client shall see what the server says unasked: notices, changed settings. */
    boolean hearsUnasked();

    /**
     * The message from {@code at} to the reader index is a notification.
     *
     * @return whether the client shall see it
     */
    boolean passesNotification(ByteBuf in, int at);

    /** The server has told a setting, of which the client has heard, too. */
    void parameterChanged(String name, String value);

    /** What the client has prepared: some of it may turn out not to be. */
    PreparedStatements statements();

    /** Logged in: it can be used. */
    void ready(ServerLink link);

    /** All our own simple queries on it are answered. */
    void restored(ServerLink link);

    /** Whether a transaction block may stay open when a request is done. */
    boolean mayOpenBlocks();

    /** One is open although it may not; the client has not heard that its request is done. */
    void openedBlock(ServerLink link);

    /** A request of the client has its last answer. */
    void answered(ServerLink link);

    /** A request that the client has had an answer to has its last answer again. */
    void answeredAgain(ServerLink link);

    /** What was asked again is not answered as before; nothing of that went to the client. */
    void differs(ServerLink link);

    /** A COPY begins. */
    void copies(ServerLink link);

    /** The server streams its log from now on: no transaction, and no end to wait for. */
    void streams(ServerLink link);

    /** A request has failed, and the rest of it up to its end. */
    void failed();

    /** A statement of the client is done; its command tag is in these bytes. */
    void completed(ServerLink link, ByteBuf in, int at, int length);

    /**
     * The server refuses to run a statement because what it gives has changed since it was
     * prepared. Nothing of that has gone to the client.
     *
     * @return whether it is to be asked again, with the statement prepared anew: {@link #refused}
     *     follows
     */
    boolean asksAnew(ServerLink link);

    /**
     * What was asked is to be asked elsewhere, or anew: most often a replica has refused it because
     * it is a replica. The client has seen nothing of that.
     *
     * @param writes what we took for a read wants to write
     */
    void refused(boolean writes);

    /** It takes more bytes again, or none for now. */
    void writabilityChanged();

    /** It could not be opened. */
    void connectFailed(ServerLink link);

    /** It is closed, by whomever. */
    void closed(ServerLink link);
}
