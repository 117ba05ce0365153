package io.shoestring.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/** What keeps a browser from doing more with an answer than it is for. */
final class SecurityHeaders {
    private SecurityHeaders() {}

    static void addTo(HttpHeaders headers) {
        headers.set(
                HttpHeaderNames.CONTENT_SECURITY_POLICY,
                "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
                        + " frame-ancestors 'none'");
        headers.set(HttpHeaderNames.X_FRAME_OPTIONS, "DENY");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
        // Not no-referrer: with it browsers send 'Origin: null' for our own log-in form.
        headers.set("Referrer-Policy", "same-origin");
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
    }
}
