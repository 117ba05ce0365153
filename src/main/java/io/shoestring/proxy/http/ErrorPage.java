package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An answer of our own: small, plain, the reason in one sentence, and an id by which the operator
 * finds the line in the log.
 *
 * @param retryAfterSeconds 0: not said
 * @param location where the client is sent; empty: nowhere
 * @param challenge how the client is asked who it is; empty: it is not
 * @param dress in the place of the sentence
 */
record ErrorPage(
        int status,
        String sentence,
        String id,
        int retryAfterSeconds,
        String location,
        String challenge,
        Optional<Dress> dress) {
    private static final Dress PLAIN =
            new Dress("text/plain; charset=utf-8", "%d %s: %s.%nRequest id: {id}%n");

    /**
     * What a client is shown.
     *
     * @param text in which {@code {id}} stands for the request's id
     */
    record Dress(String contentType, String text) {}

    private static final Map<Integer, String> PHRASES =
            Map.ofEntries(
                    Map.entry(200, "OK"),
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
        this(status, sentence, id, retryAfterSeconds, "", "", Optional.empty());
    }

    static ErrorPage redirect(int status, String location, String id) {
        return new ErrorPage(status, "ask at " + location, id, 0, location, "", Optional.empty());
    }

    /** 401: who asks has to say who it is. */
    static ErrorPage challenge(String challenge, String id) {
        return new ErrorPage(
                401, "a name and a password are needed", id, 0, "", challenge, Optional.empty());
    }

    /** 200, and nothing but that text. */
    static ErrorPage text(String text) {
        return new ErrorPage(200, text, "", 0).in(new Dress("text/plain", text));
    }

    /** The same, shown in another way. */
    ErrorPage in(Dress other) {
        return new ErrorPage(
                status, sentence, id, retryAfterSeconds, location, challenge, Optional.of(other));
    }

    /** The header's fields, but for what is the connection's. */
    Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("Content-Type", dress.orElse(PLAIN).contentType());
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
        if (!challenge.isEmpty()) {
            fields.put("WWW-Authenticate", challenge);
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
        String text =
                dress.map(Dress::text)
                        .orElseGet(() -> PLAIN.text().formatted(status, phrase(), sentence));
        return text.replace("{id}", id).getBytes(StandardCharsets.UTF_8);
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
