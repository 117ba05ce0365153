package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.shoestring.network.tls.HandshakeWatch;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.protocol.postgresql.BackendType;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;

import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * The encryption of one client's connection: not there at first, and begun when the client asks.
 * Runs on the client's event loop.
 */
final class TlsAtDoor {
    private static final Logger LOG = LoggerFactory.getLogger(TlsAtDoor.class);
    private static final byte HANDSHAKE_RECORD = 0x16;

    private final ListenerTls tls;
    private final Channel channel;
    private boolean begun;
    private boolean direct;

    TlsAtDoor(ListenerTls tls, Channel channel) {
        this.tls = tls;
        this.channel = channel;
    }

    /** Whether the client begins with TLS itself; no message of PostgreSQL begins like that. */
    static boolean beginsHandshake(ByteBuf in) {
        return in.isReadable() && in.getByte(in.readerIndex()) == HANDSHAKE_RECORD;
    }

    /** Whether the client may have it now. */
    boolean isPossible() {
        return !begun && tls.door().isPresent();
    }

    /** Whether it has to be, and is not. */
    boolean isMissing() {
        return !begun && tls.required();
    }

    /** After an SSLRequest. */
    void begin() {
        channel.writeAndFlush(channel.alloc().buffer(1).writeByte(BackendType.SSL_ACCEPTED));
        insert();
    }

    /** Without being asked; the caller owns no bytes any more. */
    void beginWith(ByteBuf first) {
        direct = true;
        insert();
        channel.pipeline().fireChannelRead(first);
    }

    private void insert() {
        begun = true;
        TlsDoor door = tls.door().orElseThrow();
        channel.pipeline()
                .addFirst(
                        door.handler(),
                        new HandshakeWatch(
                                clause ->
                                        LOG.info(
                                                "{}: closed, {}",
                                                channel.remoteAddress(),
                                                clause)));
    }

    /**
     * After the handshake: who began with TLS has to say by ALPN that it speaks PostgreSQL, or a
     * browser could be made to.
     */
    boolean isForAnotherProtocol() {
        return direct && handler().map(SslHandler::applicationProtocol).isEmpty();
    }

    private Optional<SslHandler> handler() {
        return Optional.ofNullable(channel.pipeline().get(SslHandler.class));
    }

    /** Whether it is there. */
    boolean isDone() {
        return begun;
    }

    /** The common name of the certificate that the client has shown; empty: none. */
    Optional<String> nameOfClient() {
        return handler().flatMap(handler -> commonName(handler.engine().getSession()));
    }

    private static Optional<String> commonName(SSLSession session) {
        try {
            Certificate[] shown = session.getPeerCertificates();
            return shown[0] instanceof X509Certificate certificate
                    ? new LdapName(certificate.getSubjectX500Principal().getName())
                            .getRdns().stream()
                                    .filter(part -> part.getType().equalsIgnoreCase("CN"))
                                    .map(part -> String.valueOf(part.getValue()))
                                    .findFirst()
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException | InvalidNameException e) {
            LOG.debug("no certificate of the client: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** What is spoken, for people; empty: it is not encrypted. */
    String words() {
        return words(channel);
    }

    /** The same of any connection. */
    static String words(Channel channel) {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        if (handler == null) {
            return "";
        }
        SSLSession session = handler.engine().getSession();
        return session.getProtocol() + "/" + session.getCipherSuite();
    }

    /** What SCRAM is bound to; empty: to nothing. */
    byte[] endPoint() {
        return handler()
                .flatMap(handler -> EndPoint.of(handler.engine().getSession()))
                .orElse(new byte[0]);
    }
}
