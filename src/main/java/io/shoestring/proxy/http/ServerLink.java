package io.shoestring.proxy.http;

import io.shoestring.protocol.http.FieldSink;
import io.shoestring.protocol.http.Framing;
import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;

/**
 * What carries an exchange to a server and back: a connection of HTTP/1, or one stream of HTTP/2.
 * Only on the client's loop.
 */
interface ServerLink {
    Server server();

    /** Whose exchange it is, or null. */
    @Nullable Exchange exchange();

    /** The next request is about to be written. */
    void begin(Exchange next);

    /** Whether a request can be written. */
    boolean isOpen();

    boolean isWritable();

    RequestSink out();

    void flush();

    /** Whether anything of the answer has come that was not passed on. */
    boolean hasRest();

    /** Whether the server says that it has done nothing with the request. */
    boolean isRefused();

    /** Ended by an error, and not by its end. */
    boolean isBroken();

    /** Whether more of the answer is wanted now. */
    void setReading(boolean reading);

    /** The head of the real answer was passed on. */
    void beginBody(Framing framing, long length, boolean unwraps);

    /** How the answer's end is known. */
    Framing framing();

    /** Tells of the fields behind the body. */
    void tellTrailers(FieldSink sink);

    /** Both sides speak something else from here on. */
    void tunnel();

    /** In a tunnel: the client says nothing more, the server may go on. */
    void endTunnelled();

    /** The exchange is over, and the connection can serve another one. */
    void release(long now);

    /** Ends it; whoever used it has let go. */
    void close();

    /** As {@link #close}, when everything is written. */
    void finish();
}
