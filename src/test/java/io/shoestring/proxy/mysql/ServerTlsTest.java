package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.config.Consistency;
import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.ServerTls;
import io.shoestring.config.TlsConfig;
import io.shoestring.testing.Certificates;
import io.shoestring.testing.MariaDb;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Connections to the servers inside of TLS, and users whose password is an Ed25519 key. */
@Timeout(180)
class ServerTlsTest {
    @TempDir private static Path directory;
    private static Certificates certificates;
    private static MariaDb server;

    @BeforeAll
    static void start() throws Exception {
        certificates = new Certificates(directory);
        Path named = certificates.sign("db", "127.0.0.1");
        server =
                MariaDb.start(
                        1,
                        "--ssl-cert=" + named,
                        "--ssl-key=" + named,
                        "--plugin-load-add=auth_ed25519");
        server.root(
                "CREATE USER modern@'%' IDENTIFIED VIA ed25519 USING PASSWORD('s3cret: ä')",
                "GRANT ALL ON shop.* TO modern@'%'");
    }

    @AfterAll
    static void end() {
        server.close();
    }

    private static MysqlUnderTest proxy(ServerTls tls, PoolConfig pool) throws Exception {
        Path own = certificates.sign("listener", "127.0.0.1");
        return new MysqlUnderTest(
                Reads.PRIMARY,
                Consistency.SESSION,
                Duration.ofSeconds(2),
                Optional.of(
                        new TlsConfig(List.of(own), TlsConfig.Version.TLS_1_2, Optional.empty())),
                Optional.of(tls),
                pool,
                server);
    }

    private static String cipher(MysqlUnderTest proxy) throws SQLException {
        try (Connection connection = proxy.connect("");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW STATUS LIKE 'Ssl_cipher'")) {
            row.next();
            return row.getString(2);
        }
    }

    @Test
    void aServerIsSpokenToInsideOfTlsIfItsCertificateIsRight() throws Exception {
        for (ServerTls tls :
                List.of(
                        new ServerTls(ServerTls.Mode.PREFER, Optional.empty()),
                        new ServerTls(ServerTls.Mode.REQUIRE, Optional.empty()),
                        new ServerTls(
                                ServerTls.Mode.VERIFY_FULL,
                                Optional.of(certificates.authority())))) {
            try (var proxy = proxy(tls, MysqlUnderTest.pool(PoolConfig.Mode.TRANSACTION, 2))) {
                assertThat(cipher(proxy)).as(tls.mode().name()).isNotEmpty();
            }
        }
    }

    @Test
    void aServerOfAnotherAuthorityGetsNoPassword() throws Exception {
        Path stranger = new Certificates(directory.resolve("other")).authority();
        var tls = new ServerTls(ServerTls.Mode.VERIFY_CA, Optional.of(stranger));
        try (var proxy = proxy(tls, PoolConfig.session())) {
            assertThatThrownBy(() -> cipher(proxy))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("was not believed: TLS: ");
        }
    }

    @Test
    void aUserWithAnEd25519KeyComesInByItsPassword() throws Exception {
        var tls = new ServerTls(ServerTls.Mode.REQUIRE, Optional.empty());
        try (var proxy = proxy(tls, MysqlUnderTest.pool(PoolConfig.Mode.TRANSACTION, 2))) {
            for (String password : List.of("s3cret: ä", "wrong")) {
                Program asked =
                        Program.run(
                                directory,
                                List.of(
                                        "mariadb",
                                        "--no-defaults",
                                        "--default-character-set=utf8mb4",
                                        "-h127.0.0.1",
                                        "-P" + proxy.port(),
                                        "-umodern",
                                        "-p" + password,
                                        "--ssl",
                                        "-Ne",
                                        "SELECT CURRENT_USER()"));
                assertThat(asked.output())
                        .contains(password.equals("wrong") ? "Access denied" : "modern@%");
            }
        }
    }
}
