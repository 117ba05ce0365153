package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.http.BodyReader;

/** Where a request's bytes go. Only on the client's loop. */
interface RequestSink extends BodyReader.Sink {
    /** Whether its own end says where a body ends, so that it takes one without chunks. */
    boolean isStream();

    /**
     * Begins a request.
     *
     * @param head taken over
     * @param ends whether there is no body
     * @param wraps whether the body comes without chunks and must go on in chunks
     */
    void beginRequest(ByteBuf head, boolean ends, boolean wraps);

    /** What was taken since the last time is all there is for now. */
    void end();

    /**
     * The body is complete, where nothing in it says so.
     *
     * @param trailers lines of fields; they stay the caller's
     */
    void endBody(ByteBuf trailers);
}
