package io.shoestring.admin;

import io.netty.handler.codec.http.HttpResponseStatus;

/** A request that is not served, and the sentence for whoever sent it. Expected: no stack trace. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    private final transient HttpResponseStatus status;
    private final String allowed;

    Refusal(HttpResponseStatus status, String sentence) {
        this(status, sentence, "");
    }

    private Refusal(HttpResponseStatus status, String sentence, String allowed) {
        super(sentence, null, false, false);
        this.status = status;
        this.allowed = allowed;
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
                    method.equals("GET") ? "GET, HEAD" : method);
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

    /** The methods that would be served; empty text if that is not the point. */
    String allowed() {
        return allowed;
    }

    String sentence() {
        return String.valueOf(getMessage());
    }
}
