package io.shoestring.protocol.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The header of one message in HTTP/2 (RFC 9113 section 8), written as a head of HTTP/1.1. So there
 * is one reader for both, {@link RequestHead}, and one set of rules; here is what only HTTP/2 asks
 * for, and what must hold so that no field can become two.
 */
public final class Http2Head {
    private static final byte[] VERSION_LINE_END = Octets.bytes(" HTTP/1.1\r\n");
    private static final byte[] HOST_FIELD = Octets.bytes("Host: ");
    private static final byte[] STATUS_LINE = Octets.bytes("HTTP/1.1 ");
    private static final byte[] SEPARATOR = Octets.bytes(": ");
    private static final byte[] COOKIE_FIELD = Octets.bytes("Cookie: ");
    private static final byte[] COOKIE_SEPARATOR = Octets.bytes("; ");
    private static final byte[] CHUNKED_FIELD = Octets.bytes("Transfer-Encoding: chunked\r\n");
    private static final byte[] EMPTY_FIELD = Octets.bytes("Content-Length: 0\r\n");
    private static final byte[] GET = Octets.bytes("GET");
    private static final byte[] WEBSOCKET_FIELDS =
            Octets.bytes("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ");
    private static final AsciiString HOST = AsciiString.cached("host");
    private static final AsciiString COOKIE = AsciiString.cached("cookie");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
    private static final AsciiString SEC_WEBSOCKET_KEY = AsciiString.cached("sec-websocket-key");
    private static final AsciiString WEBSOCKET = AsciiString.cached("websocket");
    private static final AsciiString TRAILERS = AsciiString.cached("trailers");

    private final ByteBuf out;
    private final Supplier<String> webSocketKey;
    private final List<AsciiString> cookies = new ArrayList<>(0);
    private AsciiString method = AsciiString.EMPTY_STRING;
    private AsciiString path = AsciiString.EMPTY_STRING;
    private AsciiString scheme = AsciiString.EMPTY_STRING;
    private AsciiString authority = AsciiString.EMPTY_STRING;
    private AsciiString protocol = AsciiString.EMPTY_STRING;
    private boolean lineWritten;
    private boolean lengthSeen;

    private Http2Head(ByteBuf out, Supplier<String> webSocketKey) {
        this.out = out;
        this.webSocketKey = webSocketKey;
    }

    /**
     * Writes the head of a request. One that asks for WebSocket on its stream (RFC 8441) becomes
     * one that asks for it on its connection (RFC 6455).
     *
     * @param fields pseudo fields first
     * @param ends whether there is no body
     * @param webSocketKey makes the key for that: HTTP/2 has none
     * @throws HttpViolation if it is malformed
     */
    public static void writeRequest(
            ByteBuf out,
            Iterable<Map.Entry<CharSequence, CharSequence>> fields,
            boolean ends,
            Supplier<String> webSocketKey) {
        var head = new Http2Head(out, webSocketKey);
        fields.forEach(
                field ->
                        head.add(AsciiString.of(field.getKey()), AsciiString.of(field.getValue())));
        head.end(ends);
    }

    /**
     * Writes the fields behind a body, but for those that have no business there.
     *
     * @throws HttpViolation if they are malformed
     */
    public static void writeTrailers(
            ByteBuf out, Iterable<Map.Entry<CharSequence, CharSequence>> fields) {
        fields.forEach(
                field -> {
                    AsciiString name = AsciiString.of(field.getKey());
                    AsciiString value = AsciiString.of(field.getValue());
                    checkName(name);
                    checkValue(value);
                    if (!known(name).isForbiddenInTrailers()) {
                        writeField(out, name, value);
                    }
                });
    }

    /**
     * Writes the head of an answer.
     *
     * @param fields the pseudo field first
     * @param ends whether there is no body
     * @param toHead whether it answers HEAD
     * @throws HttpViolation if it is malformed
     */
    public static void writeResponse(
            ByteBuf out,
            Iterable<Map.Entry<CharSequence, CharSequence>> fields,
            boolean ends,
            boolean toHead) {
        boolean begun = false;
        boolean lengthSeen = false;
        boolean bare = toHead;
        for (Map.Entry<CharSequence, CharSequence> field : fields) {
            AsciiString name = AsciiString.of(field.getKey());
            AsciiString value = AsciiString.of(field.getValue());
            checkValue(value);
            if (!begun) {
                bare |= writeStatus(out, name, value);
                begun = true;
                continue;
            }
            checkName(name);
            checkAllowed(name, value);
            lengthSeen |= name.equals(CONTENT_LENGTH);
            writeField(out, name, value);
        }
        if (!begun) {
            throw HttpViolation.malformed("the :status is missing");
        }
        if (ends && !lengthSeen && !bare) {
            out.writeBytes(EMPTY_FIELD);
        }
        out.writeBytes(MessageHead.LINE_END);
    }

    /** Whether answers with this status never have a body. */
    private static boolean writeStatus(ByteBuf out, AsciiString name, AsciiString value) {
        if (!name.contentEquals(":status") || value.length() != 3) {
            throw HttpViolation.malformed("the :status is missing or malformed");
        }
        out.writeBytes(STATUS_LINE);
        write(out, value);
        out.writeByte(Octets.SPACE);
        out.writeBytes(Octets.bytes(reason(value)));
        out.writeBytes(MessageHead.LINE_END);
        return value.byteAt(0) == '1' || value.contentEquals("204") || value.contentEquals("304");
    }

    /** HTTP/2 has none, and there are clients that do not understand a line without. */
    private static String reason(AsciiString status) {
        int code = 0;
        for (int i = 0; i < status.length(); i++) {
            byte digit = status.byteAt(i);
            if (!Octets.isDigit(digit)) {
                return "";
            }
            code = 10 * code + digit - '0';
        }
        return HttpResponseStatus.valueOf(code).reasonPhrase();
    }

    private void add(AsciiString name, AsciiString value) {
        checkValue(value);
        if (!name.isEmpty() && name.byteAt(0) == ':') {
            addPseudo(name.toString(), value);
            return;
        }
        checkName(name);
        writeLine();
        if (name.equals(HOST) && !authority.isEmpty()) {
            if (!value.contentEqualsIgnoreCase(authority)) {
                throw HttpViolation.malformed("Host is not the :authority");
            }
        } else if (name.equals(SEC_WEBSOCKET_KEY) && isTunnel()) {
            // It would be answered to us, and the answer means nothing in HTTP/2.
            return;
        } else if (name.equals(COOKIE)) {
            cookies.add(value);
        } else {
            checkAllowed(name, value);
            lengthSeen |= name.equals(CONTENT_LENGTH);
            writeField(out, name, value);
        }
    }

    private void addPseudo(String name, AsciiString value) {
        if (lineWritten) {
            throw HttpViolation.malformed(name + " behind a header field");
        }
        switch (name) {
            case ":method" -> method = once(name, method, value);
            case ":path" -> path = once(name, path, value);
            case ":scheme" -> scheme = once(name, scheme, value);
            case ":authority" -> authority = once(name, authority, value);
            case ":protocol" -> protocol = once(name, protocol, value);
            default -> throw HttpViolation.malformed("an unknown pseudo field");
        }
    }

    private static AsciiString once(String name, AsciiString before, AsciiString value) {
        if (!before.isEmpty() || value.isEmpty()) {
            throw HttpViolation.malformed(name + " is empty, or there twice");
        }
        for (int i = 0; i < value.length(); i++) {
            if (value.byteAt(i) <= Octets.SPACE) {
                throw HttpViolation.malformed(name + " is malformed");
            }
        }
        return value;
    }

    private void writeLine() {
        if (lineWritten) {
            return;
        }
        lineWritten = true;
        checkProtocol();
        if (method.isEmpty() || path.isEmpty() || scheme.isEmpty()) {
            throw HttpViolation.malformed(":method, :path or :scheme is missing");
        }
        if (!scheme.contentEquals("https") && !scheme.contentEquals("http")) {
            throw HttpViolation.malformed("the :scheme is neither http nor https");
        }
        if (path.byteAt(0) != '/' && !path.contentEquals("*")) {
            throw HttpViolation.malformed("the :path does not begin with a slash");
        }
        if (isTunnel()) {
            out.writeBytes(GET);
        } else {
            write(out, method);
        }
        out.writeByte(Octets.SPACE);
        write(out, path);
        out.writeBytes(VERSION_LINE_END);
        if (!authority.isEmpty()) {
            out.writeBytes(HOST_FIELD);
            write(out, authority);
            out.writeBytes(MessageHead.LINE_END);
        }
    }

    private void checkProtocol() {
        boolean connects = method.contentEquals("CONNECT");
        if (connects && !isTunnel()) {
            throw new HttpViolation(405, "CONNECT is not offered here");
        }
        if (isTunnel() && !connects) {
            throw HttpViolation.malformed("a :protocol without CONNECT");
        }
        if (isTunnel() && !protocol.contentEqualsIgnoreCase(WEBSOCKET)) {
            throw new HttpViolation(501, "the only :protocol that is known is websocket");
        }
    }

    /** Whether the stream is to carry another protocol. */
    private boolean isTunnel() {
        return !protocol.isEmpty();
    }

    /** In HTTP/2 the connection is nothing that a message speaks of (RFC 9113 section 8.2.2). */
    private static void checkAllowed(AsciiString name, AsciiString value) {
        switch (known(name)) {
            case CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, TRANSFER_ENCODING, UPGRADE ->
                    throw HttpViolation.malformed("a field of HTTP/1 that HTTP/2 does not have");
            case TE -> {
                if (!value.contentEqualsIgnoreCase(TRAILERS)) {
                    throw HttpViolation.malformed("TE is not \"trailers\"");
                }
            }
            default -> {}
        }
    }

    private void end(boolean ends) {
        writeLine();
        if (!cookies.isEmpty()) {
            writeCookies();
        }
        if (isTunnel()) {
            endTunnel(ends);
        } else if (!ends && !lengthSeen) {
            out.writeBytes(CHUNKED_FIELD);
        } else if (ends && !lengthSeen && usuallyHasBody()) {
            // In HTTP/1 some servers would ask for the length of a body that there is none of.
            out.writeBytes(EMPTY_FIELD);
        }
        out.writeBytes(MessageHead.LINE_END);
    }

    private void endTunnel(boolean ends) {
        if (ends || lengthSeen) {
            throw HttpViolation.malformed("a tunnel that is over at once, or has a length");
        }
        out.writeBytes(WEBSOCKET_FIELDS);
        out.writeBytes(Octets.bytes(webSocketKey.get()));
        out.writeBytes(MessageHead.LINE_END);
    }

    private boolean usuallyHasBody() {
        return method.contentEquals("POST")
                || method.contentEquals("PUT")
                || method.contentEquals("PATCH");
    }

    /** They may come one by one, so that they compress well (RFC 9113 section 8.2.3). */
    private void writeCookies() {
        out.writeBytes(COOKIE_FIELD);
        for (int i = 0; i < cookies.size(); i++) {
            if (i > 0) {
                out.writeBytes(COOKIE_SEPARATOR);
            }
            write(out, cookies.get(i));
        }
        out.writeBytes(MessageHead.LINE_END);
    }

    private static void checkName(AsciiString name) {
        boolean sound = !name.isEmpty();
        for (int i = 0; i < name.length() && sound; i++) {
            byte octet = name.byteAt(i);
            sound = Octets.nameClass(octet) != 0 && (octet < 'A' || octet > 'Z');
        }
        if (!sound) {
            throw HttpViolation.malformed("a malformed header field name");
        }
    }

    /** No line may end in it; nothing else that ends a value either. */
    private static void checkValue(AsciiString value) {
        int length = value.length();
        for (int i = 0; i < length; i++) {
            if (Octets.isControl(value.byteAt(i))) {
                throw HttpViolation.malformed("a control character in a header field");
            }
        }
        if (length > 0
                && (Octets.isSpace(value.byteAt(0)) || Octets.isSpace(value.byteAt(length - 1)))) {
            throw HttpViolation.malformed("a header field's value begins or ends with white space");
        }
    }

    private static FieldName known(AsciiString name) {
        int from = name.arrayOffset();
        int to = from + name.length();
        return name.indexOf("_") < 0
                ? FieldName.find(name.array(), from, to)
                : FieldName.findWithUnderscores(name.array(), from, to);
    }

    private static void writeField(ByteBuf out, AsciiString name, AsciiString value) {
        write(out, name);
        out.writeBytes(SEPARATOR);
        write(out, value);
        out.writeBytes(MessageHead.LINE_END);
    }

    private static void write(ByteBuf out, AsciiString text) {
        out.writeBytes(text.array(), text.arrayOffset(), text.length());
    }
}
