package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer of our own: small, plain, the reason in one sentence, and an id by which the operator
 * finds the line in the log.
 *
 * @param retryAfterSeconds 0: not said
 * @param location where the client is sent; empty: nowhere
 */
record ErrorPage(int status, String sentence, String id, int retryAfterSeconds, String location) {
    private static final Map<Integer, String> PHRASES =
            Map.ofEntries(
                    Map.entry(301, "Moved Permanently"),
                    Map.entry(302, "Found"),
                    Map.entry(303, "See Other"),
                    Map.entry(307, "Temporary Redirect"),
                    Map.entry(308, "Permanent Redirect"),
                    Map.entry(401, "Unauthorized"),
                    Map.entry(403, "Forbidden"),
                    Map.entry(410, "Gone"),
                    Map.entry(429, "Too Many Requests"),
                    Map.entry(500, "Internal Server Error"),
                    Map.entry(400, "Bad Request"),
                    Map.entry(404, "Not Found"),
                    Map.entry(405, "Method Not Allowed"),
                    Map.entry(408, "Request Timeout"),
                    Map.entry(414, "URI Too Long"),
                    Map.entry(417, "Expectation Failed"),
                    Map.entry(431, "Request Header Fields Too Large"),
                    Map.entry(501, "Not Implemented"),
                    Map.entry(502, "Bad Gateway"),
                    Map.entry(503, "Service Unavailable"),
                    Map.entry(504, "Gateway Timeout"),
                    Map.entry(505, "HTTP Version Not Supported"));

    ErrorPage(int status, String sentence, String id, int retryAfterSeconds) {
        this(status, sentence, id, retryAfterSeconds, "");
    }

    static ErrorPage redirect(int status, String location, String id) {
        return new ErrorPage(status, "ask at " + location, id, 0, location);
    }

    /** The header's fields, but for what is the connection's. */
    Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("Content-Type", "text/plain; charset=utf-8");
        if (location.isEmpty()) {
            fields.put("Cache-Control", "no-store");
        }
        fields.put("Content-Length", "" + body().length);
        if (retryAfterSeconds > 0) {
            fields.put("Retry-After", "" + retryAfterSeconds);
        }
        if (!location.isEmpty()) {
            fields.put("Location", location);
        }
        if (status == 405) {
            fields.put("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
        }
        return fields;
    }

    private String phrase() {
        return PHRASES.getOrDefault(status, "Error");
    }

    byte[] body() {
        return "%d %s: %s.%nRequest id: %s%n"
                .formatted(status, phrase(), sentence, id)
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes it in HTTP/1.1.
     *
     * @param closes whether the connection ends with it
     * @param toHead whether the body is left out
     */
    void writeTo(ByteBuf out, boolean closes, boolean toHead) {
        var head = new StringBuilder(200);
        line(head, "HTTP/1.1 " + status + " " + phrase());
        fields().forEach((name, value) -> line(head, name + ": " + value));
        line(head, closes ? "Connection: close" : "Connection: keep-alive");
        line(head, "");
        out.writeCharSequence(head, StandardCharsets.US_ASCII);
        if (!toHead) {
            out.writeBytes(body());
        }
    }

    private static void line(StringBuilder head, String line) {
        head.append(line).append("\r\n");
    }
}
