package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.config.TlsConfig;
import io.shoestring.protocol.mysql.CachingSha2Password;
import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.testing.Certificates;
import io.shoestring.testing.MariaDb;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.sql.Connection;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** How clients come in, what is turned away, and that an answer is the server's, byte by byte. */
@Timeout(180)
class DoorTest {
    @TempDir private static Path directory;
    private static MariaDb server;
    private static MysqlUnderTest proxy;

    @BeforeAll
    static void start() throws Exception {
        server = MariaDb.start(1);
        server.root("CREATE TABLE shop.t (id INT PRIMARY KEY, n TEXT)");
        proxy =
                new MysqlUnderTest(
                        Reads.PRIMARY, Duration.ofSeconds(20), Optional.of(tls()), server);
    }

    private static TlsConfig tls() throws IOException {
        Path certificate = new Certificates(directory).sign("shop", "shop.example.com");
        return new TlsConfig(List.of(certificate), TlsConfig.Version.TLS_1_2, Optional.empty());
    }

    @AfterAll
    static void end() {
        proxy.close();
        server.close();
    }

    @Test
    void tlsBeginsWhenTheClientAsksForIt() throws Exception {
        for (String method : List.of("mysql_native_password", "caching_sha2_password")) {
            Program asked =
                    Program.run(
                            directory,
                            List.of(
                                    "mariadb",
                                    "--no-defaults",
                                    "-h127.0.0.1",
                                    "-P" + proxy.port(),
                                    "-uapp",
                                    "-psecret",
                                    "--ssl",
                                    "--default-auth=" + method,
                                    "-Ne",
                                    "status; SELECT 9"));
            assertThat(asked.output()).contains("Cipher in use is TLS").endsWith("9\n");
        }
        try (Connection connection = proxy.connect("sslMode=trust");
                ResultSet row = connection.createStatement().executeQuery("SELECT 3")) {
            assertThat(row.next()).isTrue();
        }
    }

    @Test
    void aPasswordComesEncryptedForOurKeyOnceAndIsKnownThen() throws Exception {
        byte[] password = "secret".getBytes(StandardCharsets.UTF_8);
        for (boolean first : new boolean[] {true, false}) {
            try (RawClient client = new RawClient(proxy.port())) {
                byte[] change = client.login(CachingSha2Password.METHOD, new byte[0], 0);
                assertThat(change[0]).isEqualTo((byte) 0xfe);
                byte[] challenge =
                        Arrays.copyOfRange(change, change.length - 21, change.length - 1);
                byte[] proof =
                        CachingSha2Password.proof(CachingSha2Password.key(password), challenge);
                byte[] word = client.answer(proof);
                if (first && word[1] == CachingSha2Password.FULL_WANTED) {
                    byte[] key = client.answer(new byte[] {CachingSha2Password.KEY_WANTED});
                    word =
                            client.answer(
                                    CachingSha2Password.encrypt(
                                            password, challenge, publicKey(key)));
                } else {
                    assertThat(word).containsExactly(1, CachingSha2Password.FAST_SUCCEEDED);
                    word = client.receive();
                }
                assertThat(word[0]).isZero();
                client.command(Command.QUERY.code(), "SELECT 1");
                assertThat(client.receive()).containsExactly(1);
            }
        }
    }

    private static PublicKey publicKey(byte[] packet) throws Exception {
        String pem = new String(packet, 1, packet.length - 1, StandardCharsets.US_ASCII);
        byte[] key =
                Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", "").strip());
        return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(key));
    }

    private static List<String> script(int port, int capabilities) throws IOException {
        List<String> all = new ArrayList<>();
        try (RawClient client = new RawClient(port).in(capabilities)) {
            for (String sql :
                    List.of(
                            "TRUNCATE t",
                            "INSERT INTO t VALUES (1, 'a'), (2, NULL)",
                            "SELECT * FROM t ORDER BY id",
                            "SELECT 1; UPDATE t SET n = 'b'; SELECT n FROM t; DO 1",
                            "SELECT nothing",
                            "SELECT repeat('x', 100000)",
                            "USE shop",
                            "SET time_zone = '+01:00'",
                            "SET autocommit = 0",
                            "COMMIT",
                            "SET sql_mode = ''",
                            "SHOW WARNINGS",
                            "CREATE TEMPORARY TABLE passing (id INT)",
                            "")) {
                client.command(Command.QUERY.code(), sql);
                all.addAll(client.allUpToPing());
            }
            client.command(Command.INIT_DB.code(), "shop");
            all.addAll(client.allUpToPing());
            client.command(Command.INIT_DB.code(), "nowhere");
            all.addAll(client.allUpToPing());
            client.command(Command.STATEMENT_PREPARE.code(), "SELECT n FROM t WHERE id = ?");
            all.addAll(client.allUpToPing());
            client.command(Command.STATEMENT_PREPARE.code(), "nonsense");
            all.addAll(client.allUpToPing());
            client.command(Command.RESET_CONNECTION.code(), "");
            all.addAll(client.allUpToPing());
            client.command(Command.FIELD_LIST.code(), "t\0");
            all.addAll(client.allUpToPing());
        }
        return all;
    }

    @Test
    void theSameBytesComeDirectlyAndThroughTheProxy() throws Exception {
        int both = Capability.DEPRECATE_EOF | Capability.SESSION_TRACK;
        for (int capabilities :
                new int[] {0, Capability.DEPRECATE_EOF, Capability.SESSION_TRACK, both}) {
            assertThat(script(proxy.port(), capabilities))
                    .as("capabilities %x", capabilities)
                    .isEqualTo(script(server.port(), capabilities));
        }
    }

    @Test
    void anUnknownCommandIsAnError() throws Exception {
        try (RawClient client = new RawClient(proxy.port()).in(0)) {
            for (int code : new int[] {0x12, 0x1e, 0x7f, 0xfb, 0x00, 0x0d}) {
                client.command(code, "anything");
                byte[] answer = client.receive();
                assertThat(answer[0]).isEqualTo((byte) 0xff);
                assertThat((answer[1] & 0xff) | (answer[2] & 0xff) << 8).isEqualTo(1047);
            }
            client.command(Command.PING.code(), "");
            assertThat(client.receive()[0]).isZero();
        }
    }

    @Test
    void malformedBytesEndThatConnectionAndNoOther() throws Exception {
        try (RawClient well = new RawClient(proxy.port()).in(0)) {
            for (String broken :
                    new String[] {
                        // Out of order; empty; about a statement, without its number.
                        "0100000503", "00000000", "0200000017ff"
                    }) {
                try (RawClient client = new RawClient(proxy.port()).in(0)) {
                    client.sendRaw(java.util.HexFormat.of().parseHex(broken));
                    assertThat(client.receive()[0]).isEqualTo((byte) 0xff);
                    assertThat(client.isClosed()).isTrue();
                }
            }
            for (int seed = 0; seed < 40; seed++) {
                Random random = new Random(seed);
                byte[] noise = new byte[random.nextInt(200)];
                random.nextBytes(noise);
                try (RawClient client = new RawClient(proxy.port())) {
                    client.sendRaw(noise);
                }
            }
            well.command(Command.QUERY.code(), "SELECT 1");
            assertThat(well.receive()).containsExactly(1);
        }
    }
}
