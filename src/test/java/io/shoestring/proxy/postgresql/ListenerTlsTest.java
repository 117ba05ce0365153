package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.PostgresTls;
import io.shoestring.config.TlsConfig;
import io.shoestring.config.TlsConfig.Version;
import io.shoestring.testing.Certificates;
import io.shoestring.testing.InMemory;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

import java.io.InputStream;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Encrypted clients: libpq, pgjdbc, and bytes. */
@Timeout(240)
class ListenerTlsTest {
    private static final byte[] SSL_REQUEST = {0, 0, 0, 8, 4, (byte) 0xd2, 0x16, 0x2f};
    private static final int ROWS = 50_000;

    @TempDir(factory = InMemory.class)
    private static Path directory;

    private static PostgresPair pair;
    private static Certificates certificates;
    private static Path certificate;
    private @Nullable ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws Exception {
        pair = PostgresPair.start();
        certificates = new Certificates(directory);
        certificate = certificates.sign("shop", "localhost", "rsa:2048");
    }

    @AfterAll
    static void stop() {
        pair.close();
    }

    @AfterEach
    void end() {
        if (proxy != null) {
            proxy.close();
        }
    }

    private ProxyUnderTest proxy() {
        return requireNonNull(proxy, "nobody listens");
    }

    private void listen(boolean required) throws Exception {
        var tls = new TlsConfig(List.of(certificate), Version.TLS_1_2, Optional.empty());
        ProxyUnderTest made = new ProxyUnderTest(pair, new PostgresTls(tls, required));
        proxy = made;
        made.publish(1, Optional.of(pair.primary()), false);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sslmode=verify-full channel_binding=require",
                "sslmode=verify-full channel_binding=disable",
                "sslmode=require ssl_min_protocol_version=TLSv1.2 ssl_max_protocol_version=TLSv1.2",
                "sslmode=disable channel_binding=disable"
            })
    void libpqComesIn(String options) throws Exception {
        listen(false);

        assertThat(psql(options, "select 6 * 7")).isEqualTo("42\n");
    }

    @Test
    void whoDoesNotEncryptIsRefusedWhereItIsRequired() throws Exception {
        listen(true);

        assertThat(psql("sslmode=disable", "select 1"))
                .contains("listener sql takes encrypted connections only")
                .contains("sslmode=require");
        assertThat(psql("sslmode=require", "select 1")).isEqualTo("1\n");
    }

    @Test
    void aLargeAnswerAndACopyGoThrough() throws Exception {
        listen(true);
        try (Connection connection = encrypted();
                Statement statement = connection.createStatement()) {
            statement.execute("create temporary table lines (text text)");
            String text = ("x".repeat(99) + "\n").repeat(ROWS);
            assertThat(
                            connection
                                    .unwrap(PGConnection.class)
                                    .getCopyAPI()
                                    .copyIn("copy lines from stdin", new StringReader(text)))
                    .isEqualTo(ROWS);
            try (var rows = statement.executeQuery("select text from lines")) {
                int count = 0;
                while (rows.next()) {
                    count += rows.getString(1).length() == 99 ? 1 : 0;
                }
                assertThat(count).isEqualTo(ROWS);
            }
        }
    }

    @Test
    void aCancelComesThrough() throws Exception {
        listen(true);
        try (Connection connection = encrypted();
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertThatThrownBy(() -> statement.execute("select pg_sleep(30)"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("canceling statement due to user request");
        }
    }

    @Test
    void whatFollowsTheRequestUnencryptedEndsTheConnection() throws Exception {
        listen(false);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy().port())) {
            socket.getOutputStream().write(new byte[] {0, 0, 0, 8, 4, (byte) 0xd2, 0x16, 0x2f, 0});

            assertThat(text(socket.getInputStream()))
                    .startsWith("E")
                    .contains("unencrypted bytes follow the SSLRequest");
        }
    }

    @Test
    void noHandshakeEndsTheConnection() throws Exception {
        listen(false);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy().port())) {
            socket.getOutputStream().write(SSL_REQUEST);
            assertThat(socket.getInputStream().read()).isEqualTo('S');
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

            assertThat(socket.getInputStream().readAllBytes().length).isLessThan(100);
        }
    }

    @Test
    void aClientMayBeginWithTls() throws Exception {
        listen(true);
        try (SSLSocket socket = direct("postgresql")) {
            socket.getOutputStream().write(startup());

            assertThat(socket.getInputStream().read()).isEqualTo('R');
        }
        try (SSLSocket socket = direct("http/1.1")) {
            assertThat(text(socket.getInputStream())).contains("in ALPN");
        } catch (javax.net.ssl.SSLHandshakeException e) {
            assertThat(e).hasMessageContaining("no_application_protocol");
        }
    }

    private static byte[] startup() {
        byte[] text = "\0\0\0\0\0\3\0\0user\0postgres\0\0".getBytes(StandardCharsets.US_ASCII);
        text[3] = (byte) text.length;
        return text;
    }

    private SSLSocket direct(String protocol) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(certificates.authority())) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", proxy().port());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {protocol});
        socket.setSSLParameters(parameters);
        return socket;
    }

    private Connection encrypted() throws SQLException {
        return proxy().connect(
                        "sslmode=verify-full&channelBinding=require&sslrootcert="
                                + certificates.authority());
    }

    private static String text(InputStream in) throws Exception {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private String psql(String options, String sql) throws Exception {
        return psql(options, proxy().port(), sql);
    }

    private static String psql(String options, int port, String sql) throws Exception {
        var builder =
                new ProcessBuilder(
                        "psql",
                        "-XAtq",
                        "-c",
                        sql,
                        options
                                + " sslrootcert="
                                + certificates.authority()
                                + " host=localhost hostaddr=127.0.0.1 dbname=postgres user="
                                + PostgresPair.SUPERUSER
                                + " port="
                                + port);
        builder.environment().put("PGPASSWORD", PostgresPair.PASSWORD);
        Process process = builder.redirectErrorStream(true).start();
        String output = text(process.getInputStream());
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
