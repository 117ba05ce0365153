package io.shoestring.consensus.etcd;

import io.shoestring.consensus.PemTls;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.security.GeneralSecurityException;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** TLS from PEM files. */
final class EtcdTls {
    private EtcdTls() {}

    /**
     * What connections to the etcd are made with.
     *
     * @throws IOException if a file cannot be used; the message names it
     */
    static SSLContext context(EtcdSettings settings) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(identity(settings), authority(settings), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    /** Null stands for the machine's own authorities. */
    private static TrustManager @Nullable [] authority(EtcdSettings settings)
            throws IOException, GeneralSecurityException {
        return settings.authority().isPresent()
                ? PemTls.authority(settings.authority().get())
                : null;
    }

    /** Null stands for none. */
    private static KeyManager @Nullable [] identity(EtcdSettings settings)
            throws IOException, GeneralSecurityException {
        if (settings.identity().isEmpty()) {
            return null;
        }
        EtcdSettings.Identity identity = settings.identity().get();
        return PemTls.identity(identity.key(), identity.certificate());
    }
}
