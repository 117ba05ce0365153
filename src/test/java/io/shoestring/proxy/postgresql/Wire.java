package io.shoestring.proxy.postgresql;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * The bytes of clients' messages, written by hand from PostgreSQL's documentation: the tests shall
 * not share a mistake with the proxy's own codec.
 */
final class Wire {
    /** Of messages, in both directions. */
    static final byte[] TYPES =
            "QPBDECSHXdcfFRZKTNtA123nIs".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private static final int PROTOCOL_3_0 = 196_608;
    private static final int SSL_REQUEST = 80_877_103;
    private static final int CANCEL_REQUEST = 80_877_102;

    private Wire() {}

    /** What goes into a message. */
    @FunctionalInterface
    interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    static byte[] message(char type, Body body) {
        byte[] content = bytes(body);
        return bytes(
                out -> {
                    out.writeByte(type);
                    out.writeInt(content.length + 4);
                    out.write(content);
                });
    }

    static byte[] bytes(Body body) {
        try {
            var bytes = new ByteArrayOutputStream();
            body.write(new DataOutputStream(bytes));
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] together(byte[]... parts) {
        return bytes(
                out -> {
                    for (byte[] part : parts) {
                        out.write(part);
                    }
                });
    }

    static byte[] startup(Map<String, String> parameters) {
        byte[] content =
                bytes(
                        out -> {
                            out.writeInt(PROTOCOL_3_0);
                            for (var parameter : parameters.entrySet()) {
                                string(out, parameter.getKey());
                                string(out, parameter.getValue());
                            }
                            out.writeByte(0);
                        });
        return untyped(content);
    }

    static byte[] sslRequest() {
        return untyped(bytes(out -> out.writeInt(SSL_REQUEST)));
    }

    static byte[] cancelRequest(int processId, int secretKey) {
        return untyped(
                bytes(
                        out -> {
                            out.writeInt(CANCEL_REQUEST);
                            out.writeInt(processId);
                            out.writeInt(secretKey);
                        }));
    }

    private static byte[] untyped(byte[] content) {
        return bytes(
                out -> {
                    out.writeInt(content.length + 4);
                    out.write(content);
                });
    }

    static byte[] query(String sql) {
        return message('Q', out -> string(out, sql));
    }

    static byte[] parse(String name, String sql, int... types) {
        return message(
                'P',
                out -> {
                    string(out, name);
                    string(out, sql);
                    out.writeShort(types.length);
                    for (int type : types) {
                        out.writeInt(type);
                    }
                });
    }

    /** All values as text. */
    static byte[] bind(String portal, String statement, @Nullable String... values) {
        return message(
                'B',
                out -> {
                    string(out, portal);
                    string(out, statement);
                    out.writeShort(0);
                    out.writeShort(values.length);
                    for (String value : values) {
                        value(out, value);
                    }
                    out.writeShort(0);
                });
    }

    private static void value(DataOutputStream out, @Nullable String value) throws IOException {
        if (value == null) {
            out.writeInt(-1);
        } else {
            byte[] text = value.getBytes(UTF_8);
            out.writeInt(text.length);
            out.write(text);
        }
    }

    static byte[] describeStatement(String name) {
        return target('D', 'S', name);
    }

    static byte[] describePortal(String name) {
        return target('D', 'P', name);
    }

    static byte[] closeStatement(String name) {
        return target('C', 'S', name);
    }

    static byte[] closePortal(String name) {
        return target('C', 'P', name);
    }

    private static byte[] target(char type, char kind, String name) {
        return message(
                type,
                out -> {
                    out.writeByte(kind);
                    string(out, name);
                });
    }

    static byte[] execute(String portal, int rowsMax) {
        return message(
                'E',
                out -> {
                    string(out, portal);
                    out.writeInt(rowsMax);
                });
    }

    /** Unnamed statement, unnamed portal, all rows, no Sync. */
    static byte[] run(String sql, @Nullable String... values) {
        return together(parse("", sql), bind("", "", values), describePortal(""), execute("", 0));
    }

    static byte[] sync() {
        return message('S', out -> {});
    }

    static byte[] flush() {
        return message('H', out -> {});
    }

    static byte[] terminate() {
        return message('X', out -> {});
    }

    static byte[] copyData(String text) {
        return message('d', out -> out.write(text.getBytes(UTF_8)));
    }

    static byte[] copyDone() {
        return message('c', out -> {});
    }

    static byte[] copyFail(String reason) {
        return message('f', out -> string(out, reason));
    }

    static byte[] password(String password) {
        return message('p', out -> string(out, password));
    }

    /** Calls a function by its OID with text arguments, for a text result. */
    static byte[] functionCall(int function, String... values) {
        return message(
                'F',
                out -> {
                    out.writeInt(function);
                    out.writeShort(0);
                    out.writeShort(values.length);
                    for (String value : values) {
                        value(out, value);
                    }
                    out.writeShort(0);
                });
    }

    private static void string(DataOutputStream out, String text) throws IOException {
        out.write(text.getBytes(UTF_8));
        out.writeByte(0);
    }
}
