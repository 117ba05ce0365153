package io.shoestring.network.tls;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.shoestring.config.ServerTls;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import javax.net.ssl.SSLException;

/**
 * TLS towards servers: whom they must prove to be. Authorities that change on disk are taken up by
 * new connections within seconds; a file that cannot be read changes nothing, and is named in the
 * log. Thread-safe.
 */
public final class TlsCaller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TlsCaller.class);
    private static final Duration HANDSHAKE = Duration.ofSeconds(5);

    private final String whose;
    private final ServerTls config;
    private final Optional<FileWatch> watch;
    private volatile SslContext context;

    private TlsCaller(String whose, ServerTls config) throws TlsException {
        this.whose = whose;
        this.config = config;
        Optional<String> before = config.authorities().map(CertificateFiles::stampOf);
        this.context = load();
        this.watch = before.map(this::watch);
    }

    /**
     * Reads the authorities, and again when they change. Blocks on the file system.
     *
     * @param whose for the log
     * @throws TlsException if the file cannot be used
     */
    public static TlsCaller open(String whose, ServerTls config) throws TlsException {
        return new TlsCaller(requireNonNull(whose, "whose is null"), config);
    }

    /** Whether a server that cannot is good enough. */
    public boolean isOptional() {
        return config.mode() == ServerTls.Mode.PREFER;
    }

    /** What stands first in the pipeline of one connection, as soon as the server has agreed. */
    public SslHandler handler(ByteBufAllocator allocator, String host, int port) {
        SslHandler handler = context.newHandler(allocator, host, port);
        handler.setHandshakeTimeoutMillis(HANDSHAKE.toMillis());
        return handler;
    }

    private SslContext load() throws TlsException {
        try {
            SslContextBuilder builder =
                    SslContextBuilder.forClient()
                            .sslProvider(SslProvider.JDK)
                            .protocols("TLSv1.3", "TLSv1.2")
                            .endpointIdentificationAlgorithm(
                                    config.mode() == ServerTls.Mode.VERIFY_FULL ? "HTTPS" : "");
            if (config.mode().verifies()) {
                builder.trustManager(authorities());
            } else {
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new TlsException(config.authorities() + " cannot be used: " + e.getMessage(), e);
        }
    }

    private List<X509Certificate> authorities() throws TlsException {
        Path file = config.authorities().orElseThrow();
        List<X509Certificate> found = PemFile.read(file).certificates();
        if (found.isEmpty()) {
            throw new TlsException(file + " has no certificate");
        }
        return found;
    }

    private FileWatch watch(String before) {
        Path file = config.authorities().orElseThrow();
        return FileWatch.start(
                "authorities of " + whose,
                () -> CertificateFiles.stampOf(file),
                before,
                this::readAgain);
    }

    private void readAgain() {
        try {
            context = load();
            LOG.info("{}: the authorities of its servers are read again", whose);
        } catch (TlsException e) {
            LOG.error("{}: {}; the authorities of before still hold", whose, e.getMessage());
        }
    }

    @Override
    public void close() {
        watch.ifPresent(FileWatch::close);
    }
}
