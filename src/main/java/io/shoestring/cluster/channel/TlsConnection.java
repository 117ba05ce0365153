package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;

/**
 * TLS over one TCP connection. Closing acts on TCP, at once: TLS would wait for a peer that does
 * not read.
 */
final class TlsConnection implements Closeable {
    private static final String[] PROTOCOLS = {"TLSv1.3"};

    private final Socket tcp;
    private final SSLSocket tls;
    private final InputStream in;
    private final OutputStream out;

    private TlsConnection(Socket tcp, SSLSocket tls) throws IOException {
        this.tcp = tcp;
        this.tls = tls;
        this.in = tls.getInputStream();
        this.out = tls.getOutputStream();
    }

    /** Connects; the handshake is still to be done. */
    static TlsConnection connect(Endpoint to, ChannelTls context, Duration connect)
            throws IOException {
        Socket tcp = new Socket();
        try {
            tcp.connect(new InetSocketAddress(to.host(), to.port()), (int) connect.toMillis());
            return over(tcp, context, true);
        } catch (IOException | RuntimeException e) {
            tcp.close();
            throw e;
        }
    }

    /** The server's side of a connection that was accepted. */
    static TlsConnection accepted(Socket tcp, ChannelTls context) throws IOException {
        return over(tcp, context, false);
    }

    private static TlsConnection over(Socket tcp, ChannelTls context, boolean client)
            throws IOException {
        tcp.setTcpNoDelay(true);
        SSLSocket tls =
                (SSLSocket)
                        context.context()
                                .getSocketFactory()
                                .createSocket(
                                        tcp,
                                        tcp.getInetAddress().getHostAddress(),
                                        tcp.getPort(),
                                        true);
        tls.setUseClientMode(client);
        tls.setEnabledProtocols(PROTOCOLS);
        if (!client) {
            // Wanted, not needed: who joins has none yet, and may only ask to join.
            tls.setWantClientAuth(true);
        }
        return new TlsConnection(tcp, tls);
    }

    void handshake() throws IOException {
        tls.startHandshake();
    }

    /**
     * Who is at the other end; empty if it showed no certificate.
     *
     * @throws CertificateException if the certificate is not to be believed
     */
    Optional<NodeName> peer(ChannelTls context) throws CertificateException {
        try {
            X509Certificate[] chain =
                    Arrays.stream(tls.getSession().getPeerCertificates())
                            .map(X509Certificate.class::cast)
                            .toArray(X509Certificate[]::new);
            return Optional.of(context.nodeOf(chain));
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }

    InputStream in() {
        return in;
    }

    OutputStream out() {
        return out;
    }

    String remote() {
        return String.valueOf(tcp.getRemoteSocketAddress()).replaceFirst("^/", "");
    }

    /** Writes one frame before the link has begun. */
    void write(Frame frame) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        frame.write(data);
        data.flush();
    }

    /** Reads one frame before the link has begun. */
    Frame read(int bytesMax) throws IOException {
        DataInputStream data = new DataInputStream(in);
        return Frame.read(data, data.readInt(), bytesMax);
    }

    /** Bounds each read before the link has begun; 0 for no bound. */
    void readsWithin(Duration duration) throws IOException {
        tcp.setSoTimeout((int) duration.toMillis());
    }

    /** What to tell of a failed connection: the deepest sentence about a certificate, if any. */
    static String reason(Throwable problem) {
        Throwable deepest = requireNonNull(problem, "problem is null");
        for (Throwable each = problem; each != null; each = each.getCause()) {
            if (each instanceof CertificateException && each.getMessage() != null) {
                return each.getMessage();
            }
            deepest = each;
        }
        if (problem instanceof SocketTimeoutException) {
            return "it did not answer in time";
        }
        String message = deepest.getMessage();
        return message == null ? deepest.getClass().getSimpleName() : message;
    }

    @Override
    public void close() {
        try {
            tcp.close();
        } catch (IOException e) {
            // It is closed either way, and nobody waits for more.
        }
    }
}
