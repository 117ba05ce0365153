package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.WallClock;
import io.shoestring.cluster.identity.CertificateCheck;
import io.shoestring.cluster.identity.Fingerprint;
import io.shoestring.cluster.identity.NodeIdentity;
import io.shoestring.model.NodeName;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;

import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Whom this side believes, and what it shows of itself. */
final class ChannelTls {
    /** Judges a chain of certificates: says whose it is. */
    private interface Judge {
        NodeName nodeOf(X509Certificate[] chain) throws CertificateException;
    }

    private final SSLContext context;
    private final Judge judge;

    private ChannelTls(KeyManager @Nullable [] keys, Judge judge) {
        this.judge = requireNonNull(judge, "judge is null");
        try {
            context = SSLContext.getInstance("TLSv1.3");
            context.init(keys, new TrustManager[] {new Trust()}, null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has TLS 1.3", e);
        }
    }

    /** A member's side: shows its certificate, believes those of its own authority. */
    static ChannelTls of(NodeIdentity identity, WallClock clock) {
        var check = new CertificateCheck(identity.authority(), clock);
        return new ChannelTls(keys(identity), check::nodeOf);
    }

    /**
     * A stranger's side: shows nothing, believes only the authority whose fingerprint it was told.
     */
    static ChannelTls of(Fingerprint authority, WallClock clock) {
        return new ChannelTls(
                null,
                chain -> {
                    X509Certificate last = chain[chain.length - 1];
                    if (!Fingerprint.of(last).equals(authority)) {
                        throw new CertificateException(
                                "it belongs to another cluster than the one that made the token");
                    }
                    return new CertificateCheck(last, clock).nodeOf(chain);
                });
    }

    private static KeyManager[] keys(NodeIdentity identity) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            // The authority goes along: a machine that joins knows only its fingerprint.
            Certificate[] chain = {identity.certificate(), identity.authority()};
            store.setKeyEntry("node", identity.key(), new char[0], chain);
            KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
            factory.init(store, new char[0]);
            return factory.getKeyManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot use the key of " + identity, e);
        }
    }

    SSLContext context() {
        return context;
    }

    NodeName nodeOf(X509Certificate[] chain) throws CertificateException {
        return judge.nodeOf(chain);
    }

    /**
     * A client judges the server before it says anything. A server lets TLS prove only that the
     * client has the key that goes with its certificate, and judges the certificate itself right
     * after ({@link #nodeOf}), before it reads a byte: so the refused one hears a sentence and not
     * the number of an alert. Names are compared by who asked: an address proves nothing here.
     */
    private final class Trust extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
            // Judged after the handshake.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            judge.nodeOf(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("only sockets are used here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            judge.nodeOf(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            throw new CertificateException("only sockets are used here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            judge.nodeOf(chain);
        }

        /** None: whoever has a certificate of another cluster shows it, and is told so. */
        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
