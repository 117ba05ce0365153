package io.shoestring.admin;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A whole request, detached from its connection and its buffers.
 *
 * @param method upper case; HEAD is seen as GET
 * @param segments of the path, decoded; empty for {@code /}
 * @param secure whether it came by TLS
 */
record Request(
        String method,
        String path,
        List<String> segments,
        Map<String, List<String>> query,
        HttpHeaders headers,
        String body,
        InetAddress remote,
        boolean secure) {

    /**
     * Copies what is needed out of Netty's request.
     *
     * @throws IllegalArgumentException if the URI cannot be decoded
     */
    static Request of(FullHttpRequest request, InetAddress remote, boolean secure) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        String method = request.method().name();
        return new Request(
                method.equals("HEAD") ? "GET" : method,
                uri.path(),
                segments(uri.rawPath()),
                Map.copyOf(uri.parameters()),
                request.headers().copy(),
                request.content().toString(StandardCharsets.UTF_8),
                remote,
                secure);
    }

    /** Split first, then decoded: a name with an encoded slash in it stays one segment. */
    private static List<String> segments(String rawPath) {
        return rawPath.equals("/")
                ? List.of()
                : List.of(rawPath.substring(1).split("/", -1)).stream()
                        .map(QueryStringDecoder::decodeComponent)
                        .toList();
    }

    Optional<String> parameter(String name) {
        List<String> values = query.getOrDefault(name, List.of());
        return values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
    }

    /**
     * A count in the query.
     *
     * @throws Refusal 400 if it is there but no number from 0 to {@code max}
     */
    long number(String name, long otherwise, long max) throws Refusal {
        Optional<String> text = parameter(name);
        try {
            long value = text.isEmpty() ? otherwise : Long.parseLong(text.get());
            if (value >= 0 && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below, like every other value that does not fit.
        }
        throw Refusal.badRequest(
                "'" + name + "' is not a number from 0 to " + max + ": " + text.orElse("") + ".");
    }

    Optional<String> header(CharSequence name) {
        return Optional.ofNullable(headers.get(name));
    }

    boolean changesSomething() {
        return !method.equals("GET");
    }

    boolean hasContentType(String expected) {
        String type = header(HttpHeaderNames.CONTENT_TYPE).orElse("");
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end)).strip().equalsIgnoreCase(expected);
    }
}
