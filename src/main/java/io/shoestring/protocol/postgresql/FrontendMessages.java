package io.shoestring.protocol.postgresql;

import static io.shoestring.protocol.postgresql.MessageWriter.begin;
import static io.shoestring.protocol.postgresql.MessageWriter.empty;
import static io.shoestring.protocol.postgresql.MessageWriter.end;
import static io.shoestring.protocol.postgresql.MessageWriter.string;

import io.netty.buffer.ByteBuf;

import java.util.Map;

/**
 * Writes what a proxy itself says to servers. Each method appends one whole message to {@code out};
 * a text that holds a NUL throws {@link IllegalStateException}.
 */
public final class FrontendMessages {
    private static final int PROTOCOL_3_0 = 3 << 16;

    private FrontendMessages() {}

    /** Begins a session; {@code parameters} must name the user. */
    public static void startup(ByteBuf out, Map<String, String> parameters) {
        int mark = out.writerIndex();
        out.writeInt(0).writeInt(PROTOCOL_3_0);
        parameters.forEach(
                (name, value) -> {
                    string(out, name);
                    string(out, value);
                });
        out.writeByte(0);
        end(out, mark);
    }

    public static void sslRequest(ByteBuf out) {
        out.writeInt(8).writeInt(StartupReader.SSL_CODE);
    }

    public static void cancelRequest(ByteBuf out, int processId, int secretKey) {
        out.writeInt(16).writeInt(StartupReader.CANCEL_CODE).writeInt(processId);
        out.writeInt(secretKey);
    }

    /** A password in clear text, or the response of {@link Md5Password}. */
    public static void password(ByteBuf out, CharSequence password) {
        int mark = begin(out, FrontendType.PASSWORD);
        string(out, password);
        end(out, mark);
    }

    public static void saslInitialResponse(ByteBuf out, String mechanism, byte[] data) {
        int mark = begin(out, FrontendType.PASSWORD);
        string(out, mechanism);
        out.writeInt(data.length).writeBytes(data);
        end(out, mark);
    }

    public static void saslResponse(ByteBuf out, byte[] data) {
        out.writeByte(FrontendType.PASSWORD).writeInt(4 + data.length).writeBytes(data);
    }

    public static void query(ByteBuf out, CharSequence sql) {
        int mark = begin(out, FrontendType.QUERY);
        string(out, sql);
        end(out, mark);
    }

    /** Prepares a statement; an empty name is the unnamed one. */
    public static void parse(
            ByteBuf out, CharSequence statementName, CharSequence sql, int... parameterTypeOids) {
        int mark = begin(out, FrontendType.PARSE);
        string(out, statementName);
        string(out, sql);
        out.writeShort(parameterTypeOids.length);
        for (int oid : parameterTypeOids) {
            out.writeInt(oid);
        }
        end(out, mark);
    }

    /** Binds a statement without parameters; all its columns come as text. */
    public static void bind(ByteBuf out, CharSequence portalName, CharSequence statementName) {
        int mark = begin(out, FrontendType.BIND);
        string(out, portalName);
        string(out, statementName);
        out.writeShort(0).writeShort(0).writeShort(0);
        end(out, mark);
    }

    /** Runs a portal to its end. */
    public static void execute(ByteBuf out, CharSequence portalName) {
        int mark = begin(out, FrontendType.EXECUTE);
        string(out, portalName);
        out.writeInt(0);
        end(out, mark);
    }

    public static void closePortal(ByteBuf out, CharSequence portalName) {
        target(out, FrontendType.CLOSE, TargetBody.PORTAL, portalName);
    }

    public static void describeStatement(ByteBuf out, CharSequence statementName) {
        target(out, FrontendType.DESCRIBE, TargetBody.STATEMENT, statementName);
    }

    public static void closeStatement(ByteBuf out, CharSequence statementName) {
        target(out, FrontendType.CLOSE, TargetBody.STATEMENT, statementName);
    }

    private static void target(ByteBuf out, byte type, byte kind, CharSequence name) {
        int mark = begin(out, type);
        out.writeByte(kind);
        string(out, name);
        end(out, mark);
    }

    public static void sync(ByteBuf out) {
        empty(out, FrontendType.SYNC);
    }

    public static void flush(ByteBuf out) {
        empty(out, FrontendType.FLUSH);
    }

    public static void terminate(ByteBuf out) {
        empty(out, FrontendType.TERMINATE);
    }
}
