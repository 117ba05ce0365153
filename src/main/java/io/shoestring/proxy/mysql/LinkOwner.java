package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.SessionChange;

import java.util.List;

/** Whom a {@link ServerLink} serves. All calls come on its event loop. */
interface LinkOwner {
    /** Whether it is a client's session. */
    boolean isClient();

    /** By the node's clock. */
    long now();

    /** It is logged in. */
    void ready(ServerLink link, OkPacket ok);

    /** The server does not let the user in. */
    void refused(ServerLink link, ErrorPacket error);

    /** There is no server, or it went away during the log-in. */
    void unreachable(ServerLink link, String why);

    /** The connection is gone, with all that was on its way. */
    void lost(ServerLink link, String why);

    /** A piece of the client's answer. Takes it over. */
    void answer(ByteBuf bytes);

    /**
     * The session has changed.
     *
     * @return what the client hears of it
     */
    List<SessionChange> changed(ServerLink link, Exchange exchange, List<SessionChange> changes);

    /**
     * A statement was prepared.
     *
     * @param packet with the numbers of its columns and parameters, at {@code body}
     * @return its number for the client
     */
    int prepared(ServerLink link, Exchange exchange, int serverId, ByteBuf packet, int body);

    /** The server wants the client's file. */
    void fileWanted(ServerLink link);

    /** The answer of the client's command is complete. */
    void answered(ServerLink link, Exchange exchange);

    /** What was read at once has been handed over. */
    void flush();

    /** Whether the server takes what it is sent may have changed. */
    void linkWritabilityChanged(boolean writable);
}
