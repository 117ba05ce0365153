package io.shoestring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.admin.AdminServer;
import io.shoestring.admin.FakeNode;
import io.shoestring.admin.Situations;
import io.shoestring.admin.api.Json;
import io.shoestring.config.AdminConfig;
import io.shoestring.config.ConfigReader;
import io.shoestring.model.Event;
import io.shoestring.testing.Certificates;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Users and TLS as an administrator sets them up: each hash and token made by the command. */
@Timeout(60)
class AccessByCommandTest {
    private static final String PASSWORD = "correct horse battery";

    private final FakeNode node = new FakeNode(Situations.good());
    @TempDir private Path directory;
    private Screen screen;
    private AdminServer server;
    private String token = "";
    private String users = "";

    @BeforeEach
    void start() throws IOException {
        Situations.tell(node);
        screen = new Screen(directory);
        Certificates authority = new Certificates(directory);
        // And for 127.0.0.1, but not for the address at which the node is.
        authority.sign("admin", "admin.example.com");
        String hash = hash();
        screen.clear();
        screen.run("password", "--token", "--json");
        Map<?, ?> made = Json.read(screen.out(), Map.class);
        token = String.valueOf(made.get("token"));
        users =
                """
                  users:
                    otto: { role: operator, password: "%s" }
                    scraper: { role: viewer, token: "%s" }
                """
                        .formatted(hash, made.get("hash"));
        serve("127.0.0.2");
    }

    /** Has a node serve, and its configuration where commands look for it. */
    private void serve(String host) throws IOException {
        server = new AdminServer(parse(config(host + ":0")), node, node, "0.1.0");
        server.start();
        Files.writeString(
                directory.resolve("shoestring.yaml"), config(server.address().toString()));
        screen.clear();
    }

    private AdminConfig parse(String yaml) {
        return switch (ConfigReader.read("shoestring.yaml", yaml, directory)) {
            case ConfigReader.Sound(var sound) -> sound.admin();
            case ConfigReader.Broken(var problems) -> throw new AssertionError(problems.toString());
        };
    }

    private String config(String bind) {
        return """
        cluster:
          name: shop
          nodes: { local: 127.0.0.1 }
          directory: state
        listeners:
          sql:
            bind: 127.0.0.1:0
            protocol: tcp
            backend: web
        backends:
          web: { servers: { one: "127.0.0.1:1" } }
        admin:
          bind: %s
          token-file: admin.token
          tls: { certificates: [admin.pem] }
        %s
        """
                .formatted(bind, users);
    }

    private String hash() {
        screen.clear();
        screen.typed.add(PASSWORD);
        assertThat(screen.run("password")).isEqualTo(ExitCode.OK);
        return screen.out().strip();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void theTokenOfTheNodeWorksByTlsWithNothingButTheConfiguration() {
        assertThat(screen.run("status")).as(screen.err()).isEqualTo(ExitCode.OK);
        assertThat(screen.out()).contains("Cluster shop, as node local sees it");
    }

    @Test
    void aUserIsAskedForHisPasswordAndStandsInTheEvents() {
        screen.environment.put("USER", "somebody");
        screen.typed.add(PASSWORD);
        assertThat(screen.run("pause", "shop", "--user", "otto", "--reason", "work"))
                .as(screen.err())
                .isEqualTo(ExitCode.OK);
        assertThat(node.since(0, 100))
                .extracting(Event::text)
                .contains("otto at 127.0.0.1 asked for 'pause' of shop (work).");
    }

    @Test
    void aWrongPasswordIsNamedAsSuch() {
        screen.environment.put("SHOESTRING_PASSWORD", "correct horse?");
        assertThat(screen.run("status", "--user", "otto")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err())
                .contains("does not accept the name otto with this password.")
                .doesNotContain("horse");
    }

    @Test
    void aViewersTokenLooksAndDoesNothing() {
        screen.environment.put("SHOESTRING_TOKEN", token);
        assertThat(screen.run("status")).as(screen.err()).isEqualTo(ExitCode.OK);
        assertThat(screen.run("pause", "shop")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("scraper has the role viewer; this needs operator.");
        assertThat(node.asked).isEmpty();
    }

    @Test
    void whoIsNotTheNodeIsNotTrusted() throws IOException {
        String address = "https://" + server.address();
        screen.environment.put("SHOESTRING_TOKEN", token);
        assertThat(screen.run("status", "--admin", address)).isEqualTo(ExitCode.NOT_REACHED);
        assertThat(screen.err()).contains("unable to find valid certification path");
        screen.clear();
        assertThat(screen.run("status", "--admin", address, "--ca-file", "ca.pem"))
                .isEqualTo(ExitCode.NOT_REACHED);
        assertThat(screen.err()).contains("No subject alternative names");
        server.close();
        serve("127.0.0.1");
        String now = "https://" + server.address();
        assertThat(screen.run("status", "--admin", now, "--ca-file", "ca.pem"))
                .as(screen.err())
                .isEqualTo(ExitCode.OK);
    }

    @Test
    void passwordsThatAreShortOrTypedTwiceInTwoWaysAreRefused() {
        screen.typed.add("hunter2");
        assertThat(screen.run("password")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("at least 10 characters");
        screen.clear();
        screen.terminal = true;
        screen.typed.add(PASSWORD);
        screen.typed.add(PASSWORD + "x");
        assertThat(screen.run("password")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("The two are not the same");
        assertThat(screen.out()).isEmpty();
    }
}
