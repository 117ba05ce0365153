package io.shoestring.network.tls;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.NetUtil;
import io.shoestring.config.BackendTls;
import io.shoestring.config.ServerTls;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * TLS towards servers: whom they must prove to be, and who we are. Authorities and certificates
 * that change on disk are taken up by new connections within seconds; a file that cannot be read
 * changes nothing, and is named in the log. Thread-safe.
 */
public final class TlsCaller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TlsCaller.class);
    private static final Duration HANDSHAKE = Duration.ofSeconds(5);

    private final String whose;
    private final Terms terms;
    private final Optional<FileWatch> watch;
    private volatile SslContext context;

    /**
     * What is asked and offered.
     *
     * @param optional whether a server that speaks no TLS is good enough
     * @param verifies whether certificates are looked at
     * @param verifiesName whether they must be for the server's name, too
     * @param authorities empty: the public ones
     * @param name in the place of each server's host
     * @param certificate ours
     * @param key of our certificate; empty: it is with it, or beside it
     */
    private record Terms(
            boolean optional,
            boolean verifies,
            boolean verifiesName,
            Optional<Path> authorities,
            Optional<String> name,
            Optional<Path> certificate,
            Optional<Path> key) {
        static Terms of(ServerTls config) {
            return new Terms(
                    config.mode() == ServerTls.Mode.PREFER,
                    config.mode().verifies(),
                    config.mode() == ServerTls.Mode.VERIFY_FULL,
                    config.authorities(),
                    Optional.empty(),
                    config.certificate().map(ServerTls.Certificate::file),
                    config.certificate().map(ServerTls.Certificate::key));
        }

        static Terms of(BackendTls config) {
            return new Terms(
                    false,
                    config.verify() != BackendTls.Verify.NONE,
                    config.verify() == BackendTls.Verify.FULL,
                    config.authorities(),
                    config.serverName(),
                    config.certificate(),
                    Optional.empty());
        }

        /** Another one when any of the files has changed; empty if there are none. */
        Optional<String> stamp() {
            String all =
                    Stream.concat(authorities.stream(), filesOfCertificate())
                            .map(CertificateFiles::stampOf)
                            .collect(Collectors.joining("\n"));
            return all.isEmpty() ? Optional.empty() : Optional.of(all);
        }

        private Stream<Path> filesOfCertificate() {
            Stream<Path> keys =
                    key.map(Stream::of)
                            .orElseGet(
                                    () ->
                                            certificate.stream()
                                                    .flatMap(
                                                            file ->
                                                                    ServerCertificate.placesOfKey(
                                                                            file)
                                                                            .stream()));
            return Stream.concat(certificate.stream(), keys);
        }

        /** Ours, read from the file system. */
        Optional<ServerCertificate> own() throws TlsException {
            if (certificate.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    key.isPresent()
                            ? ServerCertificate.read(certificate.get(), key.get())
                            : ServerCertificate.read(certificate.get()));
        }
    }

    private TlsCaller(String whose, Terms terms) throws TlsException {
        this.whose = requireNonNull(whose, "whose is null");
        this.terms = terms;
        Optional<String> before = terms.stamp();
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
        return new TlsCaller(whose, Terms.of(config));
    }

    /**
     * Reads authorities and certificate, and again when they change. Blocks on the file system.
     *
     * @param whose for the log
     * @throws TlsException if a file cannot be used
     */
    public static TlsCaller open(String whose, BackendTls config) throws TlsException {
        return new TlsCaller(whose, Terms.of(config));
    }

    /** Whether a server that cannot is good enough. */
    public boolean isOptional() {
        return terms.optional();
    }

    /**
     * What stands first in the pipeline of one connection, as soon as the server has agreed.
     *
     * @param host of the server
     */
    public SslHandler handler(ByteBufAllocator allocator, String host, int port) {
        return handler(allocator, host, port, List.of());
    }

    /**
     * As {@link #handler(ByteBufAllocator, String, int)}.
     *
     * @param host of the server; it is asked for by that name unless another one is configured
     * @param protocols that it is offered by ALPN, the best first; empty: none are named. Which one
     *     it took says the engine
     */
    public SslHandler handler(
            ByteBufAllocator allocator, String host, int port, List<String> protocols) {
        String name = terms.name().orElse(host);
        SslHandler handler = context.newHandler(allocator, name, port);
        SSLParameters parameters = handler.engine().getSSLParameters();
        if (!NetUtil.isValidIpV4Address(name) && !NetUtil.isValidIpV6Address(name)) {
            // By itself Java asks only for names that have a dot.
            parameters.setServerNames(List.of(new SNIHostName(name)));
        }
        parameters.setApplicationProtocols(protocols.toArray(String[]::new));
        handler.engine().setSSLParameters(parameters);
        handler.setHandshakeTimeoutMillis(HANDSHAKE.toMillis());
        return handler;
    }

    private SslContext load() throws TlsException {
        try {
            SslContextBuilder builder =
                    SslContextBuilder.forClient()
                            .sslProvider(SslProvider.JDK)
                            .protocols("TLSv1.3", "TLSv1.2")
                            .endpointIdentificationAlgorithm(terms.verifiesName() ? "HTTPS" : "");
            if (!terms.verifies()) {
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
            } else if (terms.authorities().isPresent()) {
                builder.trustManager(authorities(terms.authorities().get()));
            }
            Optional<ServerCertificate> own = terms.own();
            if (own.isPresent()) {
                builder.keyManager(own.get().key(), own.get().chain());
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new TlsException(
                    "the certificates for %s cannot be used: %s".formatted(whose, e.getMessage()),
                    e);
        }
    }

    private static List<X509Certificate> authorities(Path file) throws TlsException {
        List<X509Certificate> found = PemFile.read(file).certificates();
        if (found.isEmpty()) {
            throw new TlsException(file + " has no certificate");
        }
        return found;
    }

    private FileWatch watch(String before) {
        return FileWatch.start(
                "certificates of " + whose,
                () -> terms.stamp().orElseThrow(),
                before,
                this::readAgain);
    }

    private void readAgain() {
        try {
            context = load();
            LOG.info("{}: the certificates for its servers are read again", whose);
        } catch (TlsException e) {
            LOG.error("{}: {}; the certificates of before still hold", whose, e.getMessage());
        }
    }

    @Override
    public void close() {
        watch.ifPresent(FileWatch::close);
    }
}
