package io.shoestring.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.util.Map;

/** A request that is not served, and the sentence for whoever sent it. Expected: no stack trace. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    private final transient HttpResponseStatus status;
    private final transient Map<CharSequence, String> headers;

    Refusal(HttpResponseStatus status, String sentence) {
        this(status, sentence, Map.of());
    }

    /** With what programs want to know besides. */
    Refusal(HttpResponseStatus status, String sentence, Map<CharSequence, String> headers) {
        super(sentence, null, false, false);
        this.status = status;
        this.headers = Map.copyOf(headers);
    }

    /**
     * Lets a request pass that has the method.
     *
     * @throws Refusal 405
     */
    static void unlessMethod(Request request, String method) throws Refusal {
        if (!request.method().equals(method)) {
            throw new Refusal(
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    request.path() + " is asked by " + method + " only.",
                    Map.of(HttpHeaderNames.ALLOW, method.equals("GET") ? "GET, HEAD" : method));
        }
    }

    static Refusal badRequest(String sentence) {
        return new Refusal(HttpResponseStatus.BAD_REQUEST, sentence);
    }

    static Refusal notFound(String sentence) {
        return new Refusal(HttpResponseStatus.NOT_FOUND, sentence);
    }

    HttpResponseStatus status() {
        return status;
    }

    /** What goes into the answer's head. */
    Map<CharSequence, String> headers() {
        return headers;
    }

    String sentence() {
        return String.valueOf(getMessage());
    }
}
