package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * An answer of our own: small, plain, the reason in one sentence, and an id by which the operator
 * finds the line in the log.
 *
 * @param retryAfterSeconds 0: not said
 */
record ErrorPage(int status, String sentence, String id, int retryAfterSeconds) {
    private static final Map<Integer, String> PHRASES =
            Map.ofEntries(
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

    /**
     * @param closes whether the connection ends with it
     * @param toHead whether the body is left out
     */
    void writeTo(ByteBuf out, boolean closes, boolean toHead) {
        String phrase = PHRASES.getOrDefault(status, "Error");
        String body = "%d %s: %s.%nRequest id: %s%n".formatted(status, phrase, sentence, id);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        var head = new StringBuilder(200);
        line(head, "HTTP/1.1 " + status + " " + phrase);
        line(head, "Content-Type: text/plain; charset=utf-8");
        line(head, "Cache-Control: no-store");
        line(head, "Content-Length: " + bytes.length);
        if (retryAfterSeconds > 0) {
            line(head, "Retry-After: " + retryAfterSeconds);
        }
        if (status == 405) {
            line(head, "Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
        }
        line(head, closes ? "Connection: close" : "Connection: keep-alive");
        line(head, "");
        out.writeCharSequence(head, StandardCharsets.US_ASCII);
        if (!toHead) {
            out.writeBytes(bytes);
        }
    }

    private static void line(StringBuilder head, String line) {
        head.append(line).append("\r\n");
    }
}
