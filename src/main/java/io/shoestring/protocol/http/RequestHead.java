package io.shoestring.protocol.http;

import io.netty.buffer.ByteBuf;

import java.util.Optional;

/**
 * The head of a request (RFC 9112 sections 3 and 5).
 *
 * <p>What it refuses is the table of request smuggling: see {@code RequestTableTest}.
 */
public final class RequestHead extends MessageHead {
    private static final int METHOD_BYTES_MAX = 32;
    private static final byte[] HTTP = Octets.bytes("http://");
    private static final byte[] HTTPS = Octets.bytes("https://");
    private static final byte[] CONTINUE = Octets.bytes("100-continue");
    private static final byte[] VERSION_LINE_END = Octets.bytes(" HTTP/1.1\r\n");
    private static final byte[] HOST_FIELD = Octets.bytes("Host: ");
    private static final byte[] UPGRADE_FIELDS = Octets.bytes("Connection: Upgrade\r\nUpgrade: ");

    /** The methods that may be sent twice (RFC 9110 section 9.2.2). */
    private static final byte[][] IDEMPOTENT = {
        Octets.bytes("GET"),
        Octets.bytes("HEAD"),
        Octets.bytes("PUT"),
        Octets.bytes("DELETE"),
        Octets.bytes("OPTIONS"),
        Octets.bytes("TRACE")
    };

    private static final byte[] HEAD = IDEMPOTENT[1];
    private static final byte[] OPTIONS = IDEMPOTENT[4];
    private static final byte[] CONNECT = Octets.bytes("CONNECT");
    private static final byte[] HTTP2 = Octets.bytes("h2");

    private int methodEnd;
    private int targetAt;
    private int targetEnd;

    /** Behind the scheme and the authority, if the target has them. */
    private int pathAt;

    private int authorityAt;
    private int hostField;
    private int hosts;
    private int upgradeField;
    private int upgrades;
    private boolean expectsContinue;

    /** A block for heads of these sizes. */
    public RequestHead(HeadLimits limits) {
        super(limits, new BodyLength(false));
    }

    @Override
    void reset() {
        start = 0;
        hostField = -1;
        hosts = 0;
        upgradeField = -1;
        upgrades = 0;
        expectsContinue = false;
        authorityAt = -1;
    }

    // ------------------------------------------------------------------ request line

    @Override
    int readStartLine(int end) {
        // Some clients send an empty line behind a body; one is forgiven.
        if (end > 0 && bytes[0] == Octets.CR) {
            if (!isLineEnd(0, end)) {
                return -1;
            }
            start = 2;
        }
        int at = readMethod(end);
        at = at < 0 ? -1 : readTarget(at, end);
        return at < 0 ? -1 : readRest(at, end);
    }

    private int readMethod(int end) {
        int at = start;
        while (at < end && Octets.nameClass(bytes[at]) != 0) {
            at++;
        }
        if (at - start > METHOD_BYTES_MAX) {
            throw HttpViolation.malformed("the method is longer than 32 bytes");
        }
        if (at == end) {
            return -1;
        }
        if (at == start || bytes[at] != Octets.SPACE) {
            throw HttpViolation.malformed("the request line is malformed", at);
        }
        methodEnd = at;
        return at + 1;
    }

    private int readTarget(int from, int end) {
        int at = from;
        while (at < end && bytes[at] > Octets.SPACE && bytes[at] < 0x7f && bytes[at] != '#') {
            at++;
        }
        if (at - from > limits.targetBytes()) {
            throw new HttpViolation(
                    414, "the target is longer than " + limits.targetBytes() + " bytes");
        }
        if (at == end) {
            return -1;
        }
        if (at == from || bytes[at] != Octets.SPACE) {
            throw HttpViolation.malformed("the request line is malformed", at);
        }
        targetAt = from;
        targetEnd = at;
        return at + 1;
    }

    private int readRest(int from, int end) {
        int at = from;
        while (at < end && bytes[at] > Octets.SPACE) {
            at++;
        }
        if (at == end) {
            if (at - from > 8) {
                throw HttpViolation.malformed("the protocol's version is malformed", from);
            }
            return -1;
        }
        if (bytes[at] == Octets.SPACE || bytes[at] < 0) {
            throw HttpViolation.malformed("the request line is malformed", at);
        }
        if (!isLineEnd(at, end)) {
            return -1;
        }
        checkTarget();
        minor = readVersion(from, at);
        return at + 2;
    }

    private void checkTarget() {
        if (isMethod(CONNECT)) {
            throw new HttpViolation(405, "CONNECT is not offered here");
        }
        pathAt = targetAt;
        if (bytes[targetAt] == '/' || (isAsterisk() && isMethod(OPTIONS))) {
            return;
        }
        int authority = afterScheme(HTTP);
        authorityAt = authority < 0 ? afterScheme(HTTPS) : authority;
        if (authorityAt < 0) {
            throw HttpViolation.malformed(
                    "the target is neither a path nor an http address", targetAt);
        }
        pathAt = authorityAt;
        while (pathAt < targetEnd && bytes[pathAt] != '/' && bytes[pathAt] != '?') {
            pathAt++;
        }
        HostSyntax.check(bytes, authorityAt, pathAt);
    }

    private boolean isAsterisk() {
        return targetEnd - targetAt == 1 && bytes[targetAt] == '*';
    }

    private int afterScheme(byte[] scheme) {
        int to = targetAt + scheme.length;
        return to <= targetEnd && Octets.equalsIgnoreCase(bytes, targetAt, to, scheme) ? to : -1;
    }

    private boolean isMethod(byte[] method) {
        if (methodEnd - start != method.length) {
            return false;
        }
        for (int i = 0; i < method.length; i++) {
            if (bytes[start + i] != method[i]) {
                return false;
            }
        }
        return true;
    }

    // ------------------------------------------------------------------ fields

    @Override
    void noticed(FieldName name, int field) {
        switch (name) {
            case HOST -> {
                hosts++;
                hostField = field;
            }
            case UPGRADE -> {
                upgrades++;
                upgradeField = field;
            }
            case EXPECT -> {
                if (minor > 0) {
                    readExpectation(field);
                }
            }
            case SEC_WEBSOCKET_KEY1, SEC_WEBSOCKET_KEY2 ->
                    throw HttpViolation.malformed(
                            "the draft of WebSocket with Sec-WebSocket-Key1 is not spoken here");
            default -> {}
        }
    }

    private void readExpectation(int field) {
        if (!Octets.equalsIgnoreCase(bytes, valueAt[field], valueEnd[field], CONTINUE)) {
            throw new HttpViolation(417, "the only expectation that is known is 100-continue");
        }
        expectsContinue = true;
    }

    @Override
    void check() {
        if (hosts > 1) {
            throw HttpViolation.malformed("more than one Host");
        }
        if (hosts == 0) {
            if (minor > 0) {
                throw HttpViolation.malformed("there is no Host");
            }
            return;
        }
        HostSyntax.check(bytes, valueAt[hostField], valueEnd[hostField]);
        if (authorityAt >= 0
                && !Octets.equalsIgnoreCase(
                        bytes, authorityAt, pathAt, valueAt[hostField], valueEnd[hostField])) {
            throw HttpViolation.malformed("Host is not the host of the target");
        }
    }

    // ------------------------------------------------------------------ what it says

    /** Whether the answer has no body whatever it declares. */
    public boolean isHead() {
        return isMethod(HEAD);
    }

    /** Whether it may be sent again when nobody knows what became of it. */
    public boolean isIdempotent() {
        for (byte[] method : IDEMPOTENT) {
            if (isMethod(method)) {
                return true;
            }
        }
        return false;
    }

    /** How its body ends: none, by length or by chunks. */
    public Framing framing() {
        if (isChunked()) {
            return Framing.CHUNKED;
        }
        return contentLength() > 0 ? Framing.LENGTH : Framing.NONE;
    }

    /** Whether the client waits to be asked for the body. */
    public boolean expectsContinue() {
        return expectsContinue;
    }

    /**
     * Whether it asks for another protocol on this connection. Not if it has a body, and not for
     * HTTP/2: we could not tell what is said there.
     */
    public boolean asksForUpgrade() {
        return saysUpgrade()
                && upgrades == 1
                && minor > 0
                && framing() == Framing.NONE
                && !isHttp2(valueAt[upgradeField], valueEnd[upgradeField]);
    }

    private boolean isHttp2(int from, int to) {
        for (int at = from; at + 2 <= to; at++) {
            boolean begins = at == from || bytes[at - 1] == ',' || Octets.isSpace(bytes[at - 1]);
            if (begins && Octets.equalsIgnoreCase(bytes, at, at + 2, HTTP2)) {
                return true;
            }
        }
        return false;
    }

    /** The host without its port, in lower case; empty if there is none (HTTP/1.0). */
    public String host() {
        int to = HostSyntax.afterHost(bytes, hostAt(), hostEnd());
        return text(hostAt(), to).toLowerCase(java.util.Locale.ROOT);
    }

    /** The host with its port, as the client wrote it; empty if there is none (HTTP/1.0). */
    public String authority() {
        return text(hostAt(), hostEnd());
    }

    /** Whether the host, without its port, is this. */
    public boolean isHost(byte[] lower) {
        int from = hostAt();
        int to = from + lower.length;
        return to <= hostEnd()
                && Octets.equalsIgnoreCase(bytes, from, to, lower)
                && (to == hostEnd() || bytes[to] == ':');
    }

    private int hostAt() {
        return authorityAt >= 0 ? authorityAt : hostField >= 0 ? valueAt[hostField] : 0;
    }

    private int hostEnd() {
        return authorityAt >= 0 ? pathAt : hostField >= 0 ? valueEnd[hostField] : 0;
    }

    /** The path as the client wrote it, without the query. */
    public String path() {
        int to = pathAt;
        while (to < targetEnd && bytes[to] != '?') {
            to++;
        }
        return to == pathAt ? "/" : text(pathAt, to);
    }

    /** The query as the client wrote it, without its question mark; empty if there is none. */
    public String query() {
        int from = pathAt;
        while (from < targetEnd && bytes[from] != '?') {
            from++;
        }
        return from == targetEnd ? "" : text(from + 1, targetEnd);
    }

    /** The path and the query, as the client wrote them. */
    public String target() {
        return pathAt < targetEnd && bytes[pathAt] == '/'
                ? text(pathAt, targetEnd)
                : "/" + text(pathAt, targetEnd);
    }

    /** What uses method and path, without the query, in {@link #block}: from here ... */
    public int kindFrom() {
        return start;
    }

    /** ... to here, exclusive. */
    public int kindTo() {
        int to = pathAt;
        while (to < targetEnd && bytes[to] != '?') {
            to++;
        }
        return to;
    }

    /** The block as it is; not to be changed, and not to be kept. */
    public byte[] block() {
        return bytes;
    }

    /** GET, POST and so on; letters' case matters. */
    public String method() {
        return text(start, methodEnd);
    }

    /** The request line as the client wrote it. */
    public String line() {
        return text(start, lineAt[0] - 2);
    }

    // ------------------------------------------------------------------ writing

    /** As below, with no other changes. */
    public void writeTo(ByteBuf out, Forwarding forwarding, byte[] ownHost) {
        writeTo(out, forwarding, ownHost, FieldEdits.none());
    }

    /**
     * Writes the head for a server: HTTP/1.1, the target as a path, no field that belongs to the
     * client's connection, and exactly one field that says where the body ends, if there is one.
     *
     * @param forwarding what is added
     * @param ownHost the host for a client of HTTP/1.0 that names none
     * @param edits what else is changed; it comes behind all that
     */
    public void writeTo(ByteBuf out, Forwarding forwarding, byte[] ownHost, FieldEdits edits) {
        writeTo(out, forwarding, ownHost, edits, Optional.empty());
    }

    /**
     * As above.
     *
     * @param path in the place of the client's; the query stays
     * @throws HttpViolation if it does not fit into a request line
     */
    public void writeTo(
            ByteBuf out,
            Forwarding forwarding,
            byte[] ownHost,
            FieldEdits edits,
            Optional<String> path) {
        out.ensureWritable(
                length() + 512 + edits.addedBytes() + path.map(String::length).orElse(0));
        if (path.isPresent()) {
            writeLine(out, path.get());
        } else {
            writeLine(out);
        }
        if (hostField < 0) {
            out.writeBytes(HOST_FIELD);
            writeHost(out, ownHost);
            out.writeBytes(LINE_END);
        }
        writeFields(out, forwarding, edits);
        if (isChunked()) {
            writeChunked(out);
        } else if (contentLength() >= 0) {
            writeLength(out, contentLength());
        }
        if (asksForUpgrade()) {
            out.writeBytes(UPGRADE_FIELDS);
            write(out, valueAt[upgradeField], valueEnd[upgradeField]);
            out.writeBytes(LINE_END);
        }
        if (!forwarding.isNone()) {
            forwarding.writeBeforeHost(out);
            writeHost(out, ownHost);
            forwarding.writeAfterHost(out);
        }
        out.writeBytes(LINE_END);
    }

    private void writeLine(ByteBuf out) {
        if (pathAt == targetAt && minor == 1) {
            write(out, start, lineAt[0]);
            return;
        }
        write(out, start, targetAt);
        if (pathAt == targetEnd) {
            out.writeByte(isMethod(OPTIONS) ? '*' : '/');
        } else if (bytes[pathAt] == '?') {
            out.writeByte('/');
        }
        write(out, pathAt, targetEnd);
        out.writeBytes(VERSION_LINE_END);
    }

    private void writeLine(ByteBuf out, String path) {
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) <= ' ' || path.charAt(i) >= 0x7f) {
                throw HttpViolation.malformed("the path cannot be rewritten");
            }
        }
        write(out, start, targetAt);
        out.writeBytes(Octets.bytes(path));
        write(out, kindTo(), targetEnd);
        out.writeBytes(VERSION_LINE_END);
    }

    private void writeHost(ByteBuf out, byte[] ownHost) {
        if (hostEnd() == hostAt()) {
            out.writeBytes(ownHost);
        } else {
            write(out, hostAt(), hostEnd());
        }
    }

    @Override
    boolean isRewritten(FieldName name) {
        // An expectation is no business of HTTP/1.0.
        return name.isRewritten() || (name == FieldName.EXPECT && minor == 0);
    }
}
