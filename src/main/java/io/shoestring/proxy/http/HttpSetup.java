package io.shoestring.proxy.http;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.HeaderRules;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.network.tls.TlsException;
import io.shoestring.protocol.http.FieldEdits;
import io.shoestring.proxy.backend.Backend;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a listener does with requests, by one configuration. A request has one from its first byte
 * to its last, whatever is configured meanwhile. Immutable, but for the files that it has open.
 */
final class HttpSetup {
    private static final String HTTP1 = "http/1.1";
    private static final String HTTP2 = "h2";

    private final HttpListenerConfig config;
    private final RateLimits limits;
    private final Routes routes;
    private final FieldEdits requestEdits;
    private final FieldEdits responseEdits;
    private final Files files;

    /**
     * What is open on disk for it.
     *
     * @param tls where TLS is spoken with clients
     * @param accessLog where each request leaves a line
     * @param logins who may make which requests
     * @param pages what is shown with our own answers
     */
    record Files(
            Optional<TlsDoor> tls, Optional<AccessLog> accessLog, Logins logins, ErrorPages pages) {
        /**
         * Opens what {@code config} names.
         *
         * @throws TlsException if a certificate cannot be used
         * @throws IOException if the access log cannot be written, or a file cannot be read
         */
        static Files open(
                HttpListenerConfig config,
                HttpCounters counters,
                EventLoops loops,
                Clock clock,
                SharedTls shared)
                throws TlsException, IOException {
            ErrorPages pages = ErrorPages.read(config.guards().errorPages());
            Logins logins = Logins.open(config.guards().logins(), clock);
            Optional<TlsDoor> tls =
                    config.tls().isPresent()
                            ? Optional.of(
                                    TlsDoor.open(
                                            config.name(),
                                            config.tls().get(),
                                            protocols(config),
                                            shared))
                            : Optional.empty();
            try {
                return new Files(tls, openLog(config, counters, loops), logins, pages);
            } catch (IOException e) {
                tls.ifPresent(TlsDoor::close);
                throw e;
            }
        }

        private static List<String> protocols(HttpListenerConfig config) {
            return config.http2() == HttpListenerConfig.Http2.NONE
                    ? List.of(HTTP1)
                    : List.of(HTTP2, HTTP1);
        }

        private static Optional<AccessLog> openLog(
                HttpListenerConfig config, HttpCounters counters, EventLoops loops)
                throws IOException {
            return config.accessLog().isPresent()
                    ? Optional.of(
                            AccessLog.open(
                                    config,
                                    counters,
                                    config.accessLog().get(),
                                    loops,
                                    WallClock.system()))
                    : Optional.empty();
        }

        void close() {
            tls.ifPresent(TlsDoor::close);
            logins.close();
            accessLog.ifPresent(AccessLog::close);
        }
    }

    /**
     * @param before whose counts of requests go on
     */
    HttpSetup(
            HttpListenerConfig config,
            Function<String, Backend> backends,
            Files files,
            Optional<HttpSetup> before) {
        this.config = config;
        this.limits = new RateLimits(config.guards().limits(), before.map(HttpSetup::limits));
        this.routes = new Routes(config.routes(), backends);
        this.requestEdits = edits(config.requestHeaders());
        this.responseEdits = edits(config.responseHeaders());
        this.files = files;
    }

    private static FieldEdits edits(HeaderRules rules) {
        List<String> dropped = new ArrayList<>(rules.remove());
        rules.set().forEach(field -> dropped.add(field.name()));
        return new FieldEdits(
                dropped,
                Stream.concat(rules.set().stream(), rules.add().stream())
                        .map(field -> field.name() + ": " + field.value())
                        .toList());
    }

    /** Whether {@code next} needs the same files; pages are read again in any case. */
    boolean hasFilesFor(HttpListenerConfig next) {
        return next.tls().equals(config.tls())
                && next.http2() == config.http2()
                && next.accessLog().equals(config.accessLog())
                && next.guards().errorPages().isEmpty()
                && config.guards().errorPages().isEmpty()
                && next.guards().logins().isEmpty()
                && config.guards().logins().isEmpty();
    }

    /** Whether that is what a client chose in TLS. */
    static boolean isHttp2(@Nullable String protocol) {
        return HTTP2.equals(protocol);
    }

    HttpListenerConfig config() {
        return config;
    }

    Routes routes() {
        return routes;
    }

    /** How many requests each client may make. */
    RateLimits limits() {
        return limits;
    }

    /** What is changed in the header of a request. */
    FieldEdits requestEdits() {
        return requestEdits;
    }

    /** What is changed in the header of a server's answer. */
    FieldEdits responseEdits() {
        return responseEdits;
    }

    /** The field in which servers are told a request's id. */
    Optional<String> requestIdField() {
        return config.requestId();
    }

    Files files() {
        return files;
    }

    /** Where TLS is spoken with clients. */
    Optional<TlsDoor> tls() {
        return files.tls();
    }

    /** Where each request leaves a line. */
    Optional<AccessLog> accessLog() {
        return files.accessLog();
    }
}
