package io.shoestring.health;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;

import java.net.InetSocketAddress;
import java.util.Optional;

/** A server as its checks see it, and who is told what they find. Any thread. */
public interface CheckedServer {
    /** For the names of things, such as {@code web/web1}. */
    String name();

    /** Where it listens; unresolved while its name is not known. */
    InetSocketAddress address();

    /** What stands first in the pipeline where it is spoken to by TLS; empty: it is not. */
    Optional<SslHandler> tls(ByteBufAllocator allocator);

    /** Whether it wants to be checked now: not in maintenance. */
    boolean isChecked();

    /** Whether its agent, if it has one, is to be asked now. */
    default boolean isAsked() {
        return true;
    }

    /** The checks' word: called at each change, and with the first result. */
    void found(boolean up, String why);

    /** What its agent says, each time. */
    void told(AgentAnswer answer);
}
