package io.shoestring.proxy.tcp;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.TcpListenerConfig;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.network.tls.TlsException;
import io.shoestring.proxy.backend.Backend;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a listener does with connections, by one configuration. A connection has one for its whole
 * life, whatever is configured meanwhile; only its line goes to the log of the day.
 */
record TcpSetup(TcpListenerConfig config, TcpRoutes routes, Files files) {
    TcpSetup {
        requireNonNull(config, "config is null");
        requireNonNull(routes, "routes is null");
        requireNonNull(files, "files is null");
    }

    /**
     * What is open on disk for it.
     *
     * @param tls where TLS is spoken with clients
     * @param log where each connection leaves a line
     */
    record Files(Optional<TlsDoor> tls, Optional<TcpLog> log) {
        Files {
            requireNonNull(tls, "tls is null");
            requireNonNull(log, "log is null");
        }

        /**
         * Opens what {@code config} names.
         *
         * @throws TlsException if a certificate cannot be used
         * @throws IOException if the access log cannot be written
         */
        static Files open(TcpListenerConfig config, EventLoops loops, SharedTls shared)
                throws TlsException, IOException {
            Optional<TlsDoor> tls = openTls(config, shared);
            try {
                return new Files(tls, openLog(config, loops));
            } catch (IOException e) {
                tls.ifPresent(TlsDoor::close);
                throw e;
            }
        }

        private static Optional<TlsDoor> openTls(TcpListenerConfig config, SharedTls shared)
                throws TlsException {
            return config.tls().isPresent()
                    ? Optional.of(
                            TlsDoor.open(config.name(), config.tls().get(), List.of(), shared))
                    : Optional.empty();
        }

        private static Optional<TcpLog> openLog(TcpListenerConfig config, EventLoops loops)
                throws IOException {
            return config.accessLog().isPresent()
                    ? Optional.of(TcpLog.open(config, config.accessLog().get(), loops))
                    : Optional.empty();
        }

        /** Lets go of it. Blocks until the log is written. */
        void close() {
            tls.ifPresent(TlsDoor::close);
            log.ifPresent(TcpLog::close);
        }
    }

    /** Whether {@code next} needs the same files. */
    boolean hasFilesFor(TcpListenerConfig next) {
        return next.tls().equals(config.tls()) && next.accessLog().equals(config.accessLog());
    }

    Optional<TlsDoor> tls() {
        return files.tls();
    }

    Optional<TcpLog> log() {
        return files.log();
    }

    /** Whether nothing but a PROXY header comes before the client's own bytes. */
    boolean isHeaderAll() {
        return tls().isEmpty() && !routes.areByName();
    }

    /**
     * Whether a side that has said everything may still be answered. Not with TLS: of version 1.2,
     * an end in one direction is the end of both.
     */
    boolean keepsHalfClosed() {
        return tls().isEmpty();
    }

    /**
     * How long nothing may move between a client and that backend: the shorter time of the two, as
     * the bytes of one side are the other's. Zero: no limit.
     */
    long idleNanos(Backend backend) {
        Duration client = config.clientTimeout();
        Duration server = backend.config().timeouts().server();
        if (client.isZero() || server.isZero()) {
            return Math.max(client.toNanos(), server.toNanos());
        }
        return Math.min(client.toNanos(), server.toNanos());
    }

    /** The shortest of these times; zero: there is none. */
    long shortestIdleNanos() {
        return routes.all().mapToLong(this::idleNanos).filter(each -> each > 0).min().orElse(0);
    }
}
