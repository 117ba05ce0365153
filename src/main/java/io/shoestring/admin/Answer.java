package io.shoestring.admin;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.shoestring.admin.api.Json;
import io.shoestring.admin.api.Problem;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/** What goes back to a client. */
sealed interface Answer {
    /** A whole response. */
    record Whole(
            HttpResponseStatus status, String type, String body, Map<CharSequence, String> headers)
            implements Answer {
        Whole with(CharSequence name, String value) {
            Map<CharSequence, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Whole(status, type, body, more);
        }

        /** As Netty writes it. */
        FullHttpResponse toHttp(boolean keepAlive) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            FullHttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(bytes));
            SecurityHeaders.addTo(response.headers());
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
            headers.forEach(response.headers()::set);
            HttpUtil.setContentLength(response, bytes.length);
            HttpUtil.setKeepAlive(response, keepAlive);
            return response;
        }
    }

    /**
     * The response goes on until one side leaves.
     *
     * @param after events with a greater sequence are sent first; empty: only what comes
     * @param limit at most so many of them
     * @param allowed whether who asked may still hear more
     */
    record Stream(OptionalLong after, int limit, BooleanSupplier allowed) implements Answer {}

    static Whole json(HttpResponseStatus status, Object value) {
        return text(status, "application/json", Json.write(value) + "\n");
    }

    static Whole problem(Refusal refusal) {
        Whole answer = problem(refusal.status(), refusal.sentence());
        Map<CharSequence, String> headers = new LinkedHashMap<>(answer.headers());
        headers.putAll(refusal.headers());
        return new Whole(answer.status(), answer.type(), answer.body(), headers);
    }

    static Whole problem(HttpResponseStatus status, String sentence) {
        Whole answer = json(status, new Problem(sentence));
        if (status.equals(HttpResponseStatus.TOO_MANY_REQUESTS)) {
            return answer.with(HttpHeaderNames.RETRY_AFTER, "1");
        }
        return status.equals(HttpResponseStatus.UNAUTHORIZED)
                ? answer.with(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer")
                : answer;
    }

    static Whole html(HttpResponseStatus status, String html) {
        return text(status, "text/html; charset=utf-8", html);
    }

    static Whole plain(HttpResponseStatus status, String text) {
        return text(status, "text/plain; charset=utf-8", text);
    }

    static Whole seeOther(String location) {
        return text(HttpResponseStatus.SEE_OTHER, "text/plain", "")
                .with(HttpHeaderNames.LOCATION, location);
    }

    static Whole text(HttpResponseStatus status, String type, String body) {
        return new Whole(status, type, body, Map.of());
    }
}
