package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.shoestring.base.Clock;
import io.shoestring.health.AgentAnswer;
import io.shoestring.health.CheckedServer;
import io.shoestring.health.Checks;
import io.shoestring.health.ServerCheck;
import io.shoestring.health.Verdict;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.TlsException;
import io.shoestring.proxy.backend.Server;
import io.shoestring.testing.Certificates;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.Nginx;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** TLS to the servers of a backend: curl in front, nginx behind. */
@Timeout(120)
class TlsToServersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A close_notify of TLS 1.3: five bytes of header, two of alert, one of type, a tag. */
    private static final int FAREWELL_BYTES = 5 + 2 + 1 + 16;

    @TempDir(factory = InMemory.class)
    static Path directory;

    private static Nginx nginx;

    private final LeakWatch leaks = new LeakWatch();

    @BeforeAll
    static void start() throws Exception {
        var certificates = new Certificates(directory);
        certificates.sign("shop", "shop.internal,plain");
        certificates.sign("balancer", "balancer.internal");
        certificates.signVerbatim("cut", List.of("shop.internal\0.evil.example", "cut.internal"));
        Path others = directory.resolve("others");
        new Certificates(others);
        Files.delete(others.resolve("ca.key"));
        Path www = Files.createDirectories(directory.resolve("nginx/www"));
        Files.write(www.resolve("large"), new byte[3_000_000]);
        nginx =
                new Nginx(
                        directory.resolve("nginx"),
                        """
                        listen 127.0.0.1:PORT ssl; root DIR/www;
                        ssl_certificate DIR/../shop.crt; ssl_certificate_key DIR/../shop.key;
                        ssl_protocols TLSv1.2 TLSv1.3;
                        ssl_verify_client optional; ssl_client_certificate DIR/../ca.pem;
                        location = /seen {
                          return 200 "$ssl_protocol [$ssl_server_name] $ssl_client_s_dn\\n";
                        }
                        location = /until-close { chunked_transfer_encoding off; gzip on;
                          gzip_types text/plain; gzip_min_length 1; try_files /large =404; }
                        """);
    }

    @AfterAll
    static void stop() {
        nginx.close();
    }

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private static WebUnderTest web(String tls) throws Exception {
        return web(tls, "127.0.0.1", nginx.port());
    }

    private static WebUnderTest web(String tls, String host, int port) throws Exception {
        return new WebUnderTest(
                directory,
                "backend: web",
                "web: { tls: { %s }, servers: { one: \"%s:%d\" } }".formatted(tls, host, port));
    }

    private static String status(WebUnderTest web) {
        return web.curl("http://127.0.0.1:PORT/seen", "-o", "/dev/null", "-w", "%{http_code}")
                .sound();
    }

    /** CVE-2025-66220: whoever reads names up to a NUL believes the wrong server. */
    @Test
    void aNameEndsNotWithANul() throws Exception {
        String cut =
                """
                listen 127.0.0.1:PORT ssl;
                ssl_certificate DIR/../cut.crt; ssl_certificate_key DIR/../cut.key;
                location / { return 200; }
                """;
        try (var server = new Nginx(directory.resolve("cut"), cut)) {
            for (var each : Map.of("cut.internal", "200", "shop.internal", "503").entrySet()) {
                String tls = "ca-file: ca.pem, server-name: " + each.getKey();
                try (var web = web(tls, "127.0.0.1", server.port())) {
                    assertThat(status(web)).as(each.getKey()).isEqualTo(each.getValue());
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ca-file: ca.pem, 127.0.0.1, 200",
        "ca-file: ca.pem, localhost, 503",
        "'ca-file: ca.pem, server-name: shop.internal', 127.0.0.1, 200",
        "'ca-file: ca.pem, server-name: other.internal', 127.0.0.1, 503",
        "'ca-file: ca.pem, server-name: other.internal, verify: authority', 127.0.0.1, 200",
        "ca-file: others/ca.pem, 127.0.0.1, 503",
        "'ca-file: others/ca.pem, verify: authority', 127.0.0.1, 503",
        "'', 127.0.0.1, 503",
        "verify: none, 127.0.0.1, 200",
    })
    void aServerProvesWhoItIs(String tls, String host, String expected) throws Exception {
        try (var web = web(tls, host, nginx.port())) {
            assertThat(status(web)).isEqualTo(expected);
        }
    }

    @Test
    void theServerIsAskedForByNameAndShownOurCertificate() throws Exception {
        try (var web = web("ca-file: ca.pem, server-name: plain, certificate: balancer.pem")) {
            String url = "http://127.0.0.1:PORT/seen";
            // The name has no dot, which Java by itself would not ask for.
            assertThat(web.curl(url).sound()).isEqualTo("TLSv1.3 [plain] CN=balancer.internal\n");
            assertThat(web.curl("http://127.0.0.1:PORT/large", "-o", "copy").sound()).isEmpty();
            assertThat(directory.resolve("copy")).hasSize(3_000_000);
        }
    }

    @Test
    void whatEndsWithoutTlssFarewellIsNotWhole() throws Exception {
        String[] options = {"-o", "/dev/null", "-w", "%{http_code}", "-H", "Accept-Encoding: gzip"};
        String url = "http://127.0.0.1:PORT/until-close";
        try (var web = web("verify: none")) {
            assertThat(web.curl(url, options).sound()).isEqualTo("200");
        }
        try (var cutter = new Cutter(nginx.port());
                var web = web("verify: none", "127.0.0.1", cutter.port())) {
            assertThat(web.curl(url, options).exit()).isNotZero();
            // What says itself how long it is needs no farewell.
            assertThat(status(web)).isEqualTo("200");
        }
    }

    @Test
    void otherAuthoritiesAreBelievedWithoutARestart() throws Exception {
        Path file = directory.resolve("believed.pem");
        Files.copy(directory.resolve("others/ca.pem"), file);
        try (var web = web("ca-file: believed.pem")) {
            assertThat(status(web)).isEqualTo("503");
            Files.copy(directory.resolve("ca.pem"), file, StandardCopyOption.REPLACE_EXISTING);
            await().atMost(PATIENCE).until(() -> status(web).equals("200"));
        }
    }

    @Test
    void whatCannotBeUsedIsNamedBeforeAnythingBegins() {
        assertThatThrownBy(() -> web("ca-file: missing.pem").close())
                .isInstanceOf(TlsException.class)
                .hasMessage(directory.resolve("missing.pem") + " does not exist");
        assertThatThrownBy(() -> web("verify: none, certificate: others/ca.pem").close())
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("there is no key in");
    }

    @ParameterizedTest
    @CsvSource({
        "ca.pem, '{ http: GET /seen, body: TLSv1 }', L7OK",
        "ca.pem, tcp, L6OK",
        "others/ca.pem, tcp, L6RSP",
    })
    void checksSpeakTlsToo(String authority, String check, Verdict.Code expected) throws Exception {
        var loops = new EventLoops(1);
        String backend =
                "web: { tls: { ca-file: %s }, check: %s, servers: { one: \"127.0.0.1:%d\" } }"
                        .formatted(authority, check, nginx.port());
        try (var checks = new Checks(loops, Clock.system());
                var web = new WebUnderTest(directory, "backend: web", backend)) {
            Server server = web.backends().get("web").servers().getFirst();
            var config = server.backend().config().check().orElseThrow();
            ServerCheck begun = checks.check(new Checked(server), config);
            await().atMost(PATIENCE).until(() -> begun.latest().isPresent());
            assertThat(begun.latest().orElseThrow().verdict().code()).isEqualTo(expected);
        } finally {
            loops.close(Duration.ofSeconds(1));
        }
    }

    /** A server as checks see it. */
    private record Checked(Server server) implements CheckedServer {
        @Override
        public String name() {
            return server.toString();
        }

        @Override
        public InetSocketAddress address() {
            return server.address();
        }

        @Override
        public Optional<SslHandler> tls(ByteBufAllocator allocator) {
            return server.tls(allocator, List.of());
        }

        @Override
        public boolean isChecked() {
            return true;
        }

        @Override
        public void found(boolean up, String why) {}

        @Override
        public void told(AgentAnswer answer) {}
    }

    /** Carries TLS to a server, and swallows its farewell. */
    private static final class Cutter implements AutoCloseable {
        private final ServerSocket socket =
                new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final int target;

        Cutter(int target) throws IOException {
            this.target = target;
            Thread.ofVirtual().start(this::accept);
        }

        int port() {
            return socket.getLocalPort();
        }

        private void accept() {
            try {
                while (true) {
                    Socket client = socket.accept();
                    Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                    Thread.ofVirtual().start(() -> carry(client, server));
                    Thread.ofVirtual().start(() -> carryRecords(server, client));
                }
            } catch (IOException closed) {
                // The test is over.
            }
        }

        private static void carry(Socket from, Socket to) {
            try (from;
                    to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException gone) {
                // Either has ended.
            }
        }

        private static void carryRecords(Socket from, Socket to) {
            try (from;
                    to;
                    InputStream raw = from.getInputStream()) {
                var in = new DataInputStream(raw);
                OutputStream out = to.getOutputStream();
                while (true) {
                    byte[] head = in.readNBytes(5);
                    if (head.length < 5) {
                        return;
                    }
                    int length = ((head[3] & 0xff) << 8) | (head[4] & 0xff);
                    byte[] body = in.readNBytes(length);
                    if (head.length + length != FAREWELL_BYTES) {
                        out.write(head);
                        out.write(body);
                    }
                }
            } catch (IOException gone) {
                // Either has ended.
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
