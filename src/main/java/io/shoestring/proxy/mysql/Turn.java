package io.shoestring.proxy.mysql;

import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;

import org.jspecify.annotations.Nullable;

/**
 * The client's command that has yet to be answered, if there is one. On the client's event loop.
 */
final class Turn {
    private final ClientConnection client;
    private @Nullable Request request;
    private boolean sent;
    private long cameNanos;

    /**
     * @param nowNanos when the client came
     */
    Turn(ClientConnection client, long nowNanos) {
        this.client = client;
        this.cameNanos = nowNanos;
    }

    /** When the newest command came, or the client. */
    long cameNanos() {
        return cameNanos;
    }

    /** What the client is doing, in a word. */
    String state() {
        if (request == null) {
            return "idle";
        }
        return sent ? "active" : "waiting";
    }

    /** The command; null: the client has none. */
    @Nullable Request request() {
        return request;
    }

    /** Whether a server has it. */
    boolean isSent() {
        return sent;
    }

    /** The client's next command. */
    void begin(Request next) {
        request = next;
        cameNanos = next.cameNanos();
        sent = false;
    }

    /** It goes out to a server now. */
    void sending() {
        sent = true;
    }

    /** No server has it any more. */
    void isBack() {
        sent = false;
    }

    /** It is answered; the client may say its next one. */
    void end() {
        Request over = request;
        request = null;
        sent = false;
        if (over != null) {
            over.release();
        }
    }

    /** It is answered with an error, of this number among the packets of its answer. */
    void fail(ErrorPacket error, int number) {
        Request failed = request;
        if (failed != null) {
            Prepared statement = failed.statement();
            if (failed.command().answer() != Command.Answer.NONE) {
                client.error(error, number);
            } else if (statement != null) {
                statement.longDataFailed(error);
            }
        }
        end();
    }
}
