package io.shoestring.network.tls;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.shoestring.base.Published.Subscription;
import io.shoestring.config.TlsConfig;
import io.shoestring.network.tls.IssuedCertificates.Issued;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import javax.net.ssl.SSLException;

/**
 * The TLS of one listener. Certificates that change on disk are taken up by new connections within
 * seconds; those that cannot be read change nothing, and are named in the log. Thread-safe.
 */
public final class TlsDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TlsDoor.class);
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** How long a client may go on with a session; secrets of tickets live longer. */
    private static final Duration SESSION = Duration.ofHours(2);

    /** Larger than any real one; what is read of it is kept until it is whole. */
    private static final int CLIENT_HELLO_BYTES_MAX = 16 << 10;

    /** TLS 1.3, and of TLS 1.2 what has forward secrecy and authenticated encryption. */
    private static final List<String> CIPHERS =
            List.of(
                    "TLS_AES_128_GCM_SHA256",
                    "TLS_AES_256_GCM_SHA384",
                    "TLS_CHACHA20_POLY1305_SHA256",
                    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private static final Set<String> BORINGSSL_KEYS = Set.of("RSA", "EC", "ECDSA");

    private final String listener;
    private final TlsConfig config;
    private final CertificateFiles files;
    private final List<String> protocols;
    private final Optional<SharedTls> shared;
    private final FileWatch watch;
    private final Optional<Subscription> tickets;
    private volatile CertificateChoice choice;

    private TlsDoor(
            String listener, TlsConfig config, List<String> protocols, Optional<SharedTls> shared)
            throws TlsException {
        this.listener = listener;
        this.config = config;
        this.protocols = List.copyOf(protocols);
        this.files = new CertificateFiles(config.certificates());
        this.shared = shared;
        String before = stamp();
        this.choice = load();
        this.tickets = shared.map(it -> it.tickets().subscribe(_ -> useTickets()));
        useTickets();
        this.watch =
                FileWatch.start(
                        "certificates of " + listener, this::stamp, before, this::readAgain);
    }

    /**
     * Reads the certificates, and again when they change. Blocks on the file system.
     *
     * @param listener for the log
     * @param protocols that are offered by ALPN (RFC 7301); none: it is not spoken
     * @throws TlsException if a file cannot be used
     */
    public static TlsDoor open(String listener, TlsConfig config, List<String> protocols)
            throws TlsException {
        return new TlsDoor(
                requireNonNull(listener, "listener is null"), config, protocols, Optional.empty());
    }

    /**
     * The same for one that also shows certificates of the cluster, and whose clients go on with
     * their TLS sessions at every balancer that has the same secrets.
     *
     * @throws TlsException if a file cannot be used
     */
    public static TlsDoor open(
            String listener, TlsConfig config, List<String> protocols, SharedTls shared)
            throws TlsException {
        return new TlsDoor(
                requireNonNull(listener, "listener is null"),
                config,
                protocols,
                Optional.of(shared));
    }

    /** What stands first in the pipeline of one connection. */
    public ChannelHandler handler() {
        return new SniHandler(
                name -> choice.map(name), CLIENT_HELLO_BYTES_MAX, HANDSHAKE.toMillis()) {
            @Override
            protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
                SslHandler handler = super.newSslHandler(context, allocator);
                handler.setHandshakeTimeoutMillis(HANDSHAKE.toMillis());
                return handler;
            }
        };
    }

    private String stamp() {
        return files.stamp(
                        config.clients().map(each -> List.of(each.authorities())).orElse(List.of()))
                + config.issued().stream().map(name -> "\n" + issued(name)).toList();
    }

    private Optional<Issued> issued(String name) {
        return shared.flatMap(it -> Optional.ofNullable(it.issued().get().byName().get(name)));
    }

    private List<ServerCertificate> certificates() throws TlsException {
        List<ServerCertificate> all = new ArrayList<>(files.read());
        for (String name : config.issued()) {
            Optional<Issued> there = issued(name);
            all.add(
                    there.isPresent()
                            ? ServerCertificate.issued(name, there.get())
                            : Placeholder.make(name));
        }
        return all;
    }

    private CertificateChoice load() throws TlsException {
        List<X509Certificate> authorities =
                config.clients().isPresent()
                        ? PemFile.read(config.clients().get().authorities()).certificates()
                        : List.of();
        Map<String, SslContext> byName = new HashMap<>();
        Map<String, SslContext> byTickets = new HashMap<>();
        SslContext first = null;
        for (ServerCertificate each : certificates()) {
            SslContext context = context(each, authorities);
            byTickets.put(proof(each, authorities), context);
            first = first == null ? context : first;
            each.names().forEach(name -> byName.putIfAbsent(name, context));
            LOG.info(
                    "listener {}: certificate {} for {}, valid until {}",
                    listener,
                    each.source(),
                    each.names(),
                    each.certificate().getNotAfter().toInstant());
        }
        if (first == null) {
            throw new TlsException("listener " + listener + " has no certificate");
        }
        byTickets.forEach(this::useTickets);
        return new CertificateChoice(byName, first, byTickets);
    }

    /**
     * All that a session says about a client and about us: a ticket is good where this is the same.
     * A renewed certificate is for the same names.
     */
    private String proof(ServerCertificate certificate, List<X509Certificate> authorities)
            throws TlsException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (X509Certificate each : authorities) {
                digest.update(each.getEncoded());
            }
            return "%s\n%s\n%s\n%s\n%s"
                    .formatted(
                            listener,
                            new TreeSet<>(certificate.names()),
                            config.minimum(),
                            config.clients().map(TlsConfig.Clients::required),
                            HexFormat.of().formatHex(digest.digest()));
        } catch (GeneralSecurityException e) {
            throw new TlsException("client-ca-file: " + e.getMessage(), e);
        }
    }

    private synchronized void useTickets() {
        choice.byTickets().forEach(this::useTickets);
    }

    private void useTickets(String proof, SslContext context) {
        if (shared.isPresent()
                && context.sessionContext() instanceof OpenSslSessionContext sessions) {
            sessions.setTicketKeys(shared.get().tickets().get().keysOf(proof));
        }
    }

    private SslContext context(ServerCertificate certificate, List<X509Certificate> authorities)
            throws TlsException {
        try {
            SslContextBuilder builder =
                    SslContextBuilder.forServer(certificate.key(), certificate.chain())
                            .sslProvider(provider(certificate))
                            .protocols(config.minimum().protocols())
                            .sessionTimeout(SESSION.toSeconds())
                            .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
            if (!protocols.isEmpty()) {
                builder.applicationProtocolConfig(
                        new ApplicationProtocolConfig(
                                Protocol.ALPN,
                                SelectorFailureBehavior.NO_ADVERTISE,
                                SelectedListenerFailureBehavior.ACCEPT,
                                protocols));
            }
            config.clients()
                    .ifPresent(
                            clients ->
                                    builder.trustManager(authorities)
                                            .clientAuth(
                                                    clients.required()
                                                            ? ClientAuth.REQUIRE
                                                            : ClientAuth.OPTIONAL));
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            Path source = certificate.source();
            throw new TlsException(source + " cannot be used: " + e.getMessage(), e);
        }
    }

    /**
     * BoringSSL where it is there and knows the kind of key: Java's own costs four times as much.
     */
    private static SslProvider provider(ServerCertificate certificate) {
        boolean known = BORINGSSL_KEYS.contains(certificate.key().getAlgorithm());
        return known && OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
    }

    private synchronized void readAgain() {
        try {
            choice = load();
        } catch (TlsException e) {
            LOG.error(
                    "listener {}: {}; new connections still get the certificates of before",
                    listener,
                    e.getMessage());
        }
    }

    @Override
    public void close() {
        watch.close();
        tickets.ifPresent(Subscription::close);
    }
}
