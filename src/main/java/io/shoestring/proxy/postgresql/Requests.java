package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.protocol.postgresql.FrontendMessages;
import io.shoestring.protocol.postgresql.FrontendType;

import java.nio.charset.StandardCharsets;

/** What the proxy itself asks of a server. */
final class Requests {
    private static final String PROBE = "shoestring_commit";

    private Requests() {}

    /** A simple query with the client's own bytes, which may be in any encoding. */
    static ByteBuf query(ByteBufAllocator allocator, byte[] sql) {
        return allocator
                .buffer(sql.length + 6)
                .writeByte(FrontendType.QUERY)
                .writeInt(sql.length + 5)
                .writeBytes(sql)
                .writeByte(0);
    }

    static ByteBuf closeStatement(ByteBufAllocator allocator, String name) {
        ByteBuf out = allocator.buffer(32);
        FrontendMessages.closeStatement(out, name);
        return out;
    }

    /** Two requests that leave the connection in a failed transaction block. */
    static ByteBuf failedTransaction(ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(128);
        FrontendMessages.query(out, "BEGIN");
        FrontendMessages.query(out, "ROLLBACK TO SAVEPOINT shoestring_lost_transaction");
        return out;
    }

    static ByteBuf discardAll(ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(32);
        FrontendMessages.query(out, "DISCARD ALL");
        return out;
    }

    /** A channel has one character per byte. */
    static ByteBuf listen(ByteBufAllocator allocator, String channel) {
        return query(allocator, latin("LISTEN " + quoted(channel)));
    }

    static ByteBuf unlisten(ByteBufAllocator allocator, String channel) {
        return query(allocator, latin("UNLISTEN " + quoted(channel)));
    }

    /** For a connection that is always idle; before PostgreSQL 14 this fails. */
    static ByteBuf neverIdleTooLong(ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(64);
        FrontendMessages.query(out, "SET idle_session_timeout = 0");
        return out;
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * See {@link CommitProbe}. In a portal of its own: a simple query would destroy the client's
     * unnamed one, of which it may want more rows.
     */
    static ByteBuf commitProbe(ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(512);
        FrontendMessages.parse(out, "", CommitProbe.QUESTION);
        FrontendMessages.bind(out, PROBE, "");
        FrontendMessages.execute(out, PROBE);
        FrontendMessages.closePortal(out, PROBE);
        FrontendMessages.sync(out);
        return out;
    }

    static ByteBuf begin(ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(16);
        FrontendMessages.query(out, "BEGIN");
        return out;
    }

    static ByteBuf cancel(ByteBufAllocator allocator, int processId, int secretKey) {
        ByteBuf out = allocator.buffer(16);
        FrontendMessages.cancelRequest(out, processId, secretKey);
        return out;
    }

    static ByteBuf terminate(ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(5);
        FrontendMessages.terminate(out);
        return out;
    }
}
