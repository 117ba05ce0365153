package io.shoestring.protocol.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A real server, psql and pgjdbc at the other end of both sides of the login. */
@Timeout(600)
@Tag("busy")
class AuthenticationOracleTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String UMLAUTS = "pässwörd \u2168 \ufb01";

    private static PostgresServer server;
    private static FakeServer fake;

    @BeforeAll
    static void startServers() throws Exception {
        server = PostgresServer.start();
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE alice LOGIN PASSWORD 'secret'");
            statement.execute("CREATE ROLE umlauts LOGIN PASSWORD '" + UMLAUTS + "'");
            statement.execute("SET password_encryption = md5");
            statement.execute("CREATE ROLE old LOGIN PASSWORD 'older'");
        }
        fake =
                new FakeServer(
                        Map.of(
                                "alice",
                                stored("alice"),
                                "umlauts",
                                stored("umlauts"),
                                "old",
                                stored("old")));
    }

    @AfterAll
    static void stopServers() throws Exception {
        fake.close();
        server.close();
    }

    private static String stored(String role) throws SQLException {
        String sql = "SELECT rolpassword FROM pg_authid WHERE rolname = ?";
        try (Connection connection = server.connect();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, role);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }

    @Test
    void logsInToARealServerWithAPassword() throws Exception {
        try (var session = new RawSession(server.port())) {
            assertThat(session.logIn("alice", "secret")).isEmpty();
            session.untilReady();
            assertThat(session.value("SELECT current_user")).isEqualTo("alice");
        }
        try (var session = new RawSession(server.port())) {
            assertThat(session.logIn("umlauts", "pässwörd IX fi")).isEmpty();
        }
    }

    @Test
    void learnsFromARealServerThatAPasswordIsWrong() throws Exception {
        for (String user : List.of("alice", "nobody")) {
            try (var session = new RawSession(server.port())) {
                assertThat(session.logIn(user, "wrong"))
                        .hasValueSatisfying(
                                error -> {
                                    assertThat(error.sqlState())
                                            .isEqualTo(SqlState.INVALID_PASSWORD);
                                    assertThat(error.isFatal()).isTrue();
                                });
            }
        }
    }

    @Test
    void logsInToARealServerWithAnMd5Hash() throws Exception {
        try (var session = new RawSession(server.port())) {
            session.startUp("old");
            var challenge = (Authentication.Md5Challenge) session.receive().authentication();
            Md5Password password = Md5Password.parse(stored("old")).orElseThrow();
            ByteBuf out = Unpooled.buffer();
            FrontendMessages.password(out, password.response(challenge.saltBytes()));
            session.send(out);
            assertThat(session.receive().authentication()).isEqualTo(new Authentication.Ok());
        }
    }

    /** A client logs in to us; with what that gave away we log in to the server. */
    @Test
    void logsInToARealServerWithTheKeysOfAClientsLogin() throws Exception {
        assertThat(psql("alice", "secret").getKey()).isZero();
        ScramKeys keys = fake.recoveredKeys("alice");
        assertThat(ScramVerifier.parse(stored("alice")).orElseThrow().accepts(keys)).isTrue();
        try (var session = new RawSession(server.port())) {
            session.startUp("alice");
            ScramClient scram = ScramClient.ofKeys(keys, RANDOM);
            assertThat(session.authenticate(scram)).isEmpty();
            assertThat(scram.isVerified()).isTrue();
        }
    }

    @Test
    void letsPsqlInWithTheRightPasswordOnly() throws Exception {
        var answer = psql("alice", "secret");
        assertThat(answer.getValue()).contains("hello|").contains("a notice");
        assertThat(answer.getKey()).isZero();
        assertThat(psql("umlauts", "pässwörd IX fi").getKey()).isZero();
        assertThat(psql("umlauts", UMLAUTS).getKey()).isZero();
        assertThat(psql("old", "older").getKey()).isZero();
        for (String user : List.of("alice", "old", "nobody")) {
            assertThat(psql(user, "wrong").getValue()).contains("wrong password");
        }
    }

    private static Map.Entry<Integer, String> psql(String user, String password) throws Exception {
        return PostgresServer.psql(fake.port(), user, password, "SELECT 1");
    }

    @Test
    void letsPgjdbcInWithTheRightPasswordOnly() throws Exception {
        String url =
                "jdbc:postgresql://localhost:"
                        + fake.port()
                        + "/shop?sslmode=disable&preferQueryMode=simple&connectTimeout=10";
        for (Map.Entry<String, String> login :
                Map.of("alice", "secret", "umlauts", UMLAUTS, "old", "older").entrySet()) {
            try (Connection connection =
                            DriverManager.getConnection(url, login.getKey(), login.getValue());
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT 1")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString("greeting")).isEqualTo("hello");
                assertThat(rows.getString("nothing")).isNull();
            }
            assertThat(fake.latestStartup().user()).isEqualTo(login.getKey());
            assertThat(fake.latestStartup().database()).isEqualTo("shop");
            assertThatThrownBy(() -> DriverManager.getConnection(url, login.getKey(), "wrong"))
                    .hasMessageContaining("wrong password");
        }
    }

    /** The server's own verifiers say how a password's characters are prepared. */
    @Test
    void preparesPasswordsLikeTheServer() throws Exception {
        var random = new Random(99);
        List<String> differences = new ArrayList<>();
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE many");
            for (int i = 0; i < 400; i++) {
                String password = password(random);
                statement.execute("ALTER ROLE many PASSWORD '" + password + "'");
                ScramVerifier theirs = ScramVerifier.parse(stored("many")).orElseThrow();
                ScramVerifier ours = ScramVerifier.of(password, theirs.iterations(), theirs.salt());
                if (!ours.toStored().equals(theirs.toStored())) {
                    differences.add(
                            password.codePoints().mapToObj(Integer::toHexString).toList() + "");
                }
            }
        }
        assertThat(differences).isEmpty();
    }

    /** Code points around which RFC 4013 turns; all were assigned in Unicode 3.2. */
    private static String password(Random random) {
        int[] points = {
            'a', 'Z', '0', ' ', '~', 0x7f, 0x07, 0xa0, 0xad, 0xaa, 0xb5, 0xe4, 0x2168, 0xfb01,
            0x301, 0x308, 0x340, 0x341, 0x34f, 0x5d0, 0x5d1, 0x627, 0x628, 0x661, 0x6dd, 0x1680,
            0x1806, 0x180b, 0x180e, 0x2000, 0x200b, 0x200c, 0x200d, 0x200e, 0x2028, 0x202e, 0x2060,
            0x2063, 0x2460, 0x3000, 0x4e00, 0xac00, 0xd7a3, 0xe000, 0xfdd0, 0xfe0f, 0xfeff, 0xff21,
            0xfff9, 0xfffd, 0x1d173, 0x1d400, 0xe0001, 0xe0041, 0xf0000, 0x1ffff, 0x10fffd
        };
        var password = new StringBuilder();
        int kinds = 1 + random.nextInt(3);
        for (int i = 0; i < kinds; i++) {
            password.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return random.nextBoolean() ? password + "a" : password.toString();
    }
}
