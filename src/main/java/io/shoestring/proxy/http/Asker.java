package io.shoestring.proxy.http;

import io.shoestring.protocol.http.RequestHead;

/**
 * Who asked, and gets the answer: a connection of HTTP/1, or one stream of HTTP/2. Only on the
 * connection's loop.
 */
interface Asker {
    Peer peer();

    /** Which of the requests of its connection it is; 0 where there is one at a time. */
    default int stream() {
        return 0;
    }

    /** The request line for logs. */
    String requestLine(RequestHead asked);

    /** What passes its request on to a server. */
    RequestRelay requestRelay(RequestHead asked);

    /** What passes an answer on to it. */
    AnswerRelay answerRelay(RequestHead asked);

    /** Written to it so far. */
    long bytes();

    /** Whether it takes more; {@link Exchange#clientWritable} says when it does again. */
    boolean isWritable();

    /** Goes on with what it has sent already. */
    void resume();

    /** Sends what was written. */
    void flush();

    /** Answers it in a server's place, before anything of a server's answer was sent. */
    void answer(ErrorPage page, boolean closes, boolean toHead);

    /**
     * The answer is complete.
     *
     * @param persists whether a further request may come this way, where each has not its own
     */
    void exchangeDone(boolean persists);

    /** Both sides have agreed to speak something else from here on. */
    void tunnel();

    /** Closes in good order, when everything is written. */
    void finish();

    /** Cuts it off: it must not take what it has for a whole answer. */
    void cutOff();
}
