package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.network.tls.TlsException;
import io.shoestring.testing.Certificates;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.Nginx;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** TLS at the listener: OpenSSL and curl in front of it, nginx behind it. */
@Timeout(120)
class TlsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir(factory = InMemory.class)
    static Path directory;

    private static Certificates certificates;
    private static Nginx nginx;

    private final LeakWatch leaks = new LeakWatch();

    @BeforeAll
    static void start() throws Exception {
        certificates = new Certificates(directory);
        certificates.sign("shop", "shop.example,localhost");
        certificates.sign("wild", "*.wild.example", "rsa:2048");
        certificates.sign("anna", "anna.example");
        nginx =
                new Nginx(
                        directory.resolve("nginx"),
                        """
                        listen 127.0.0.1:PORT; root DIR/www; client_max_body_size 10m;
                        location = /echo { return 200 "$http_x_forwarded_proto $http_host\\n"; }
                        location /dav/ { root DIR; dav_methods PUT; create_full_put_path on; }
                        """);
        Path www = Files.createDirectories(directory.resolve("nginx/www"));
        byte[] large = new byte[5_000_000];
        new java.util.Random(1).nextBytes(large);
        Files.write(www.resolve("large"), large);
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
        return new WebUnderTest(directory, "backend: web\ntls: { " + tls + " }", nginx.port());
    }

    private static Program openssl(WebUnderTest web, String... options) {
        List<String> command = new ArrayList<>(List.of("openssl", "s_client", "-CAfile", "ca.pem"));
        command.addAll(List.of("-connect", "127.0.0.1:" + web.port()));
        command.addAll(List.of(options));
        return Program.run(directory, command, "GET /echo HTTP/1.0\r\nHost: h\r\n\r\n");
    }

    @Test
    void curlSpeaksBothVersionsAndSeesWholeAnswers() throws Exception {
        byte[] large = Files.readAllBytes(directory.resolve("nginx/www/large"));
        try (var web = web("certificates: [shop.pem]")) {
            for (String version : List.of("1.2", "1.3")) {
                String[] options = {"--cacert", "ca.pem", "--tlsv" + version, "--tls-max", version};
                assertThat(web.curl("https://localhost:PORT/echo", options).sound())
                        .isEqualTo("https localhost:" + web.port() + "\n");
                List<String> download = new ArrayList<>(List.of(options));
                download.addAll(List.of("-o", "copy", "--http1.0"));
                web.curl("https://localhost:PORT/large", download.toArray(String[]::new)).sound();
                assertThat(Files.readAllBytes(directory.resolve("copy"))).isEqualTo(large);
                List<String> upload = new ArrayList<>(List.of(options));
                upload.addAll(List.of("-T", "nginx/www/large"));
                web.curl("https://localhost:PORT/dav/up" + version, upload.toArray(String[]::new))
                        .sound();
                assertThat(directory.resolve("nginx/dav/up" + version)).hasBinaryContent(large);
            }
        }
    }

    @Test
    void whatIsOldIsNotSpoken() throws Exception {
        try (var web = web("certificates: [shop.pem], minimum: \"1.3\"")) {
            assertThat(openssl(web, "-tls1_3").output()).contains("New, TLSv1.3");
            assertThat(openssl(web, "-tls1_2").output()).contains("alert");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(web.counters().handshakes.sum()).isEqualTo(1));
        }
        try (var web = web("certificates: [shop.pem]")) {
            assertThat(openssl(web, "-tls1_2").output()).contains("New, TLSv1.2", "ECDHE");
            assertThat(openssl(web, "-tls1_2", "-cipher", "AES128-SHA").output())
                    .contains("handshake failure");
        }
    }

    @Test
    void theNameThatIsAskedForChoosesTheCertificate() throws Exception {
        try (var web = web("certificates: [shop.pem, wild.pem]")) {
            String[][] expected = {
                {"shop.example", "subject=CN = shop.example"},
                {"any.wild.example", "subject=CN = *.wild.example"},
                {"other.example", "subject=CN = shop.example"},
            };
            for (String[] each : expected) {
                Program seen =
                        openssl(
                                web,
                                "-servername",
                                each[0],
                                "-alpn",
                                "h2,http/1.1",
                                "-verify_return_error");
                assertThat(seen.output())
                        .contains(each[1], "Verify return code: 0 (ok)", "ALPN protocol: h2");
            }
            assertThat(openssl(web, "-noservername").output())
                    .contains("subject=CN = shop.example");
        }
    }

    @Test
    void clientsProveWhoTheyAre() throws Exception {
        String[] anna = {"-cert", "anna.crt", "-key", "anna.key", "-quiet"};
        try (var web = web("certificates: [shop.pem], client-ca-file: ca.pem")) {
            assertThat(openssl(web, anna).output()).contains("200 OK");
            assertThat(openssl(web, "-quiet").output()).doesNotContain("200 OK").contains("alert");
            Path other = Files.createDirectories(directory.resolve("other"));
            new Certificates(other).sign("eve", "eve.example");
            assertThat(
                            openssl(
                                            web,
                                            "-cert",
                                            "other/eve.crt",
                                            "-key",
                                            "other/eve.key",
                                            "-quiet")
                                    .output())
                    .doesNotContain("200 OK");
        }
        String optional =
                "certificates: [shop.pem], client-ca-file: ca.pem, client-certificate-required: no";
        try (var web = web(optional)) {
            assertThat(openssl(web, anna).output()).contains("200 OK");
            assertThat(openssl(web, "-quiet").output()).contains("200 OK");
        }
    }

    @Test
    void aNewCertificateIsShownWithoutARestart() throws Exception {
        Path live = Files.createDirectories(directory.resolve("live/shop.example"));
        copy("shop", live);
        try (var web = web("certificates: [live]")) {
            assertThat(openssl(web).output()).contains("subject=CN = shop.example");
            Files.writeString(live.resolve("fullchain.pem"), "broken");
            await().during(Duration.ofSeconds(3))
                    .atMost(PATIENCE)
                    .until(() -> openssl(web).output().contains("subject=CN = shop.example"));
            copy("wild", live);
            await().atMost(PATIENCE)
                    .until(() -> openssl(web).output().contains("subject=CN = *.wild.example"));
        }
    }

    private static void copy(String name, Path live) throws Exception {
        Files.copy(
                directory.resolve(name + ".crt"),
                live.resolve("fullchain.pem"),
                StandardCopyOption.REPLACE_EXISTING);
        Files.copy(
                directory.resolve(name + ".key"),
                live.resolve("privkey.pem"),
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void whatIsNoTlsEndsTheConnection() throws Exception {
        try (var web = web("certificates: [shop.pem]");
                var client = web.client()) {
            assertThat(client.send("GET / HTTP/1.1|Host: a||").isClosed()).isTrue();
        }
    }

    /** A handshake that does not go on ends after ten seconds, also in its middle. */
    @Test
    void aHandshakeIsNotWaitedForForEver() throws Exception {
        byte[] beginsAWord = {22, 3, 1, 0, 100, 1, 0, 0};
        long began = System.nanoTime();
        try (var web = web("certificates: [shop.pem]");
                var silent = new Socket(InetAddress.getLoopbackAddress(), web.port());
                var slow = new Socket(InetAddress.getLoopbackAddress(), web.port())) {
            slow.getOutputStream().write(beginsAWord);
            for (Socket each : List.of(silent, slow)) {
                each.setSoTimeout((int) PATIENCE.toMillis());
                assertThat(isOver(each)).isTrue();
                assertThat(Duration.ofNanos(System.nanoTime() - began))
                        .isGreaterThan(Duration.ofSeconds(9));
            }
        }
    }

    /** An end, after an alert or without one, or a reset. */
    private static boolean isOver(Socket socket) {
        try {
            socket.getInputStream().readAllBytes();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** The first word of TLS is kept until it is whole: only so much of it. */
    @Test
    void aFirstWordOfTlsThatIsTooLargeEndsTheConnection() throws Exception {
        byte[] says16Megabytes = {22, 3, 1, 0x40, 0, 1, -1, -1, -1};
        byte[] more = new byte[16_380];
        try (var leaks = new LeakWatch();
                var web = web("certificates: [shop.pem]");
                var client = web.client()) {
            client.send(says16Megabytes);
            assertThat(
                            org.assertj.core.api.Assertions.catchThrowable(
                                    () -> {
                                        for (int i = 0; i < 100; i++) {
                                            client.send(more);
                                            Thread.sleep(1);
                                        }
                                    }))
                    .isInstanceOf(java.io.IOException.class);
            assertThat(leaks.growthBytes()).isLessThan(1 << 20);
        }
    }

    /** Nothing but TLS's farewell tells an end from a loss, where the length was not said. */
    @Test
    void anAnswerThatBreaksOffDoesNotLookWhole() throws Exception {
        String chunk = "HTTP/1.1 200 OK|Transfer-Encoding: chunked||3|abc|";
        try (var broken =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send(chunk);
                                });
                var web =
                        new WebUnderTest(
                                directory,
                                "backend: web\ntls: { certificates: [shop.pem] }",
                                broken.port())) {
            Program seen = web.curl("https://localhost:PORT/", "--cacert", "ca.pem", "--http1.0");
            assertThat(seen.output()).contains("abc");
            assertThat(seen.exit()).isNotZero();
        }
    }

    @Test
    void filesThatCannotBeUsedAreNamed() throws Exception {
        assertThatThrownBy(() -> web("certificates: [none.pem]"))
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("none.pem does not exist");
        assertThatThrownBy(() -> web("certificates: [ca.csr.pem]")).hasMessageContaining("ca.csr");
        Files.copy(directory.resolve("shop.crt"), directory.resolve("alone.crt"));
        assertThatThrownBy(() -> web("certificates: [alone.crt]"))
                .hasMessageContaining("there is no key in")
                .hasMessageContaining("alone.key");
        Files.copy(directory.resolve("anna.key"), directory.resolve("alone.key"));
        assertThatThrownBy(() -> web("certificates: [alone.crt]"))
                .hasMessageContaining("does not belong to its (first) certificate");
        String encrypt = "openssl ec -aes128 -passout pass:x -in anna.key -out locked.pem";
        Program.run(directory, List.of(encrypt.split(" ", -1))).sound();
        Files.writeString(
                directory.resolve("locked.pem"),
                Files.readString(directory.resolve("anna.crt"))
                        + Files.readString(directory.resolve("locked.pem")));
        assertThatThrownBy(() -> web("certificates: [locked.pem]"))
                .hasMessageContaining("is encrypted");
    }
}
