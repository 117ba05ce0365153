package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.cli.ExitCode;
import io.shoestring.cluster.identity.Fingerprint;
import io.shoestring.cluster.identity.IdentityDirectory;
import io.shoestring.cluster.identity.IdentityException;
import io.shoestring.cluster.identity.IdentityRenewal;
import io.shoestring.cluster.identity.NodeIdentity;
import io.shoestring.cluster.join.JoinToken;
import io.shoestring.model.NodeName;
import io.shoestring.testing.FreePort;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** Init, token, join: as a person does it, over a real connection. */
@Timeout(120)
class JoinTest {
    private static final NodeName DB0 = new NodeName("db0");
    private static final NodeName DB1 = new NodeName("db1");
    private static final Duration NOW = Duration.ZERO;

    @TempDir private Path directory;
    private final int port = FreePort.find();
    private TestMachine first;
    private TestMachine second;
    private ClusterMembership db0;

    @BeforeEach
    void makeTheCluster() throws IOException {
        first = new TestMachine(directory.resolve("one")).with("shop", port);
        second = new TestMachine(directory.resolve("two"));
        assertThat(first.run("init", "--node", "db0")).as(first.err).isEqualTo(ExitCode.OK);
        db0 = first.start("db0");
    }

    @AfterEach
    void stop() {
        db0.close();
    }

    private int join(String token, String... more) {
        return second.run(
                Stream.concat(
                                Stream.of(
                                        "join",
                                        "--node",
                                        "db1",
                                        "--token",
                                        token,
                                        "127.0.0.1:" + port),
                                Stream.of(more))
                        .toArray(String[]::new));
    }

    private void assertRefused(int code, String why) {
        assertThat(second.err).startsWith("This machine did not join: ").contains(why);
        assertThat(code).isEqualTo(ExitCode.NOT_WELL);
        assertThat(new IdentityDirectory(second.directory.resolve("state")).exists()).isFalse();
    }

    @Test
    void aJoinedMachineIsANodeWhomTheOthersBelieve() throws Exception {
        assertThat(join(first.token(NOW))).as(second.err).isEqualTo(ExitCode.OK);

        assertThat(second.out).contains("This machine is node db1 of cluster shop.");
        assertThat(second.out).contains("Passwords do not travel: put");
        assertThat(second.file).hasSameTextualContentAs(first.file);
        try (ClusterMembership db1 = second.start("db1")) {
            db0.channel().serve("who", (peer, _) -> text(peer.value()));
            db1.channel().serve("who", (peer, _) -> text(peer.value()));
            assertThat(who(db1, DB0)).isEqualTo("db1");
            assertThat(who(db0, DB1)).isEqualTo("db0");
            second = new TestMachine(directory.resolve("three"));
            assertRefused(join(first.token(NOW)), "node db1 is running on another machine");
        }
    }

    private static JsonNode text(String text) {
        return JsonNodeFactory.instance.stringNode(text);
    }

    private static String who(ClusterMembership asks, NodeName whom) throws IOException {
        return asks.channel().peer(whom).call("who", text(""), Duration.ofSeconds(30)).asString();
    }

    @Test
    void aJoinedNodeLetsOthersJoinWhenTheFirstIsLost() throws Exception {
        join(first.token(NOW));
        db0.close();
        try (ClusterMembership _ = second.start("db1")) {
            TestMachine third = new TestMachine(directory.resolve("three"));
            int code =
                    third.run(
                            "join",
                            "--node",
                            "db0",
                            "--token",
                            second.token(NOW),
                            "127.0.0.2:" + port);
            assertThat(third.err).isEmpty();
            assertThat(code).isEqualTo(ExitCode.OK);
        }
    }

    @Test
    void aTokenIsGoodOnce() {
        String token = first.token(NOW);
        assertThat(join(token)).isEqualTo(ExitCode.OK);
        assertThat(join(token)).isEqualTo(ExitCode.NOT_WELL);
        assertThat(second.err).contains("the token has been used already");
    }

    @Test
    void anExpiredTokenIsRefused() {
        assertRefused(join(first.token(Duration.ofHours(1))), "the token has expired at ");
        assertThat(second.err).endsWith("'shoestring token' prints a new one.");
    }

    @Test
    void aTokenWithAnotherSecretIsRefused() throws IOException {
        JoinToken token = JoinToken.parse(first.token(NOW));
        JoinToken forged = new JoinToken(token.id(), "00".repeat(16), token.authority());
        assertRefused(join(forged.text()), "the token's secret is wrong");
    }

    @Test
    void aTokenThatNobodyPrintedIsRefused() throws IOException {
        JoinToken token = JoinToken.parse(first.token(NOW));
        JoinToken forged = new JoinToken("0".repeat(16), token.secret(), token.authority());
        assertRefused(join(forged.text()), "this node has not printed that token");
    }

    @Test
    void aTokenThatWasCutWhenItWasCopiedIsRefused() {
        String token = first.token(NOW);
        assertRefused(join(token.substring(0, token.length() - 3)), "the token is not whole");
        assertRefused(join("hello"), "this is no join token");
    }

    /** Nobody between the two can give himself out for the cluster. */
    @Test
    void aTokenOfAnotherClusterIsRefusedBeforeItsSecretLeaves() throws IOException {
        JoinToken token = JoinToken.parse(first.token(NOW));
        JoinToken other =
                new JoinToken(token.id(), token.secret(), new Fingerprint("ab".repeat(32)));
        assertThat(join(other.text())).isEqualTo(ExitCode.NOT_REACHED);
        assertThat(second.err)
                .contains("it belongs to another cluster than the one that made the token");
    }

    @Test
    void aConfigurationOfAnotherClusterIsRefused() throws IOException {
        second.with("other", port);
        assertRefused(
                join(first.token(NOW)),
                "the configuration there is that of cluster other, and this is cluster shop");
    }

    @Test
    void anotherFileOfTheSameClusterIsKept() throws IOException {
        second.with("shop", port + 1);
        assertThat(join(first.token(NOW))).isEqualTo(ExitCode.OK);
        assertThat(second.file).hasSameTextualContentAs(first.file);
        assertThat(second.directory.resolve("shoestring.yaml.before-join"))
                .content()
                .contains("port: " + (port + 1));
    }

    @Test
    void aNodeThatIsNotInTheConfigurationIsRefused() {
        String token = first.token(NOW);
        int code = second.run("join", "--node", "db7", "--token", token, "127.0.0.1:" + port);
        assertRefused(code, "there is no node db7 in the cluster's configuration, only [db0, db1]");
        assertThat(join(token)).as("the token is still good").isEqualTo(ExitCode.OK);
    }

    @Test
    void aNodeThatRunsElsewhereIsRefused() throws Exception {
        int code =
                second.run(
                        "join", "--node", "db0", "--token", first.token(NOW), "127.0.0.1:" + port);
        assertRefused(code, "node db0 is running on another machine");
    }

    @Test
    void aClockAnHourOffIsRefused() {
        String token = first.token(NOW);
        second.clockAhead = Duration.ofHours(1);
        assertRefused(join(token), "s ahead: it says ");
        second.clockAhead = Duration.ofHours(-1);
        assertRefused(join(token), "s behind: it says ");
        assertThat(second.err).endsWith("set both by NTP, then join.");
    }

    @Test
    void aDirectoryOfAClusterIsNotGivenToAnother() throws IOException {
        second.with("shop", port);
        assertThat(second.run("init", "--node", "db1")).isEqualTo(ExitCode.OK);
        assertThat(join(first.token(NOW))).isEqualTo(ExitCode.NOT_WELL);
        assertThat(second.err).contains("already belongs to node db1 of cluster shop");
        assertThat(second.run("init", "--node", "db1")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(second.err).contains("nothing was changed");
    }

    @Test
    void theStateOfANodeThatRanAloneIsNotMixedIn() throws IOException {
        Path consensus = Files.createDirectories(second.directory.resolve("state/consensus"));
        Files.writeString(consensus.resolve("log"), "x");
        assertRefused(join(first.token(NOW)), "holds the memory of a node that ran alone");
    }

    @Test
    void nobodyAtTheAddressIsToldApart() {
        db0.close();
        assertThat(join(first.token(NOW))).isEqualTo(ExitCode.NOT_REACHED);
        assertThat(second.err).contains("cannot be reached: Connection refused");
    }

    @Test
    void printsJsonForPrograms() {
        first.run("token", "--json");
        var token = JsonMapper.shared().readTree(first.out);
        assertThat(token.get("address").asString()).isEqualTo("127.0.0.1:" + port);
        assertThat(join(token.get("token").asString(), "--json")).isEqualTo(ExitCode.OK);
        var joined = JsonMapper.shared().readTree(second.out);
        assertThat(joined.get("node").asString()).isEqualTo("db1");
        assertThat(joined.get("cluster").asString()).isEqualTo("shop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"init", "token", "join"})
    void everyCommandHelpsWithAnExampleAndItsExitCodes(String command) {
        assertThat(first.run(command, "--help")).isEqualTo(ExitCode.OK);
        assertThat(first.out)
                .startsWith("Usage: shoestring " + command)
                .containsPattern("Examples?:\n  shoestring " + command)
                .contains("Exit codes:", "  2   the command was not understood");
        assertThat(first.out.lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void aNodeWithTheDirectoryOfAnotherClusterOrNodeDoesNotStart() {
        var state = new IdentityDirectory(first.directory.resolve("state"));
        assertThatThrownBy(() -> state.open("other", DB0))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("belongs to cluster shop (")
                .hasMessageContaining("the configuration is that of cluster other");
        assertThatThrownBy(() -> state.open("shop", DB1))
                .hasMessageContaining("belongs to node db0 of cluster shop, and this is node db1");
        assertThatThrownBy(() -> NodeProcess.start(first.config(), DB1, first.file))
                .hasMessageContaining("belongs to node db0 of cluster shop, and this is node db1");
    }

    @Test
    void partsOfTwoClustersAreToldApart() throws IOException {
        second.with("shop", port);
        second.run("init", "--node", "db0");
        Path mine = first.directory.resolve("state/identity");
        Path other = second.directory.resolve("state/identity");
        Files.delete(mine.resolve("node.pem"));
        Files.copy(other.resolve("node.pem"), mine.resolve("node.pem"));
        assertThatThrownBy(() -> first.start("db0"))
                .hasMessageContaining("belong to different clusters or nodes");
    }

    @Test
    void aMachineWithoutAnIdentityHasNoChannel() throws IOException {
        second.with("shop", port);
        assertThat(ClusterMembership.start(second.config(), DB1, second.file)).isEmpty();
    }

    @Test
    void onlyTheOwnerMayReadTheSecrets() throws IOException {
        first.run("token");
        Path identity = first.directory.resolve("state/identity");
        try (Stream<Path> files = Files.walk(identity)) {
            for (Path each : files.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                        .as(each.toString())
                        .isEqualTo(Files.isDirectory(each) ? "rwx------" : "rw-------");
            }
        }
    }

    /** The oracle of the certificates is a program of somebody else. */
    @Test
    void openSslFindsTheCertificatesSound() throws Exception {
        Path identity = first.directory.resolve("state/identity");
        Process process =
                new ProcessBuilder(
                                List.of(
                                        "openssl",
                                        "verify",
                                        "-x509_strict",
                                        "-purpose",
                                        "sslserver",
                                        "-verify_ip",
                                        "127.0.0.1",
                                        "-CAfile",
                                        "authority.pem",
                                        "node.pem"))
                        .directory(identity.toFile())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    @Test
    void aCertificateIsRenewedWhenHalfOfItsTimeIsOver() throws IOException {
        var state = new IdentityDirectory(first.directory.resolve("state"));
        NodeIdentity now = state.load();
        Instant soon = Instant.now().plus(Duration.ofDays(170));
        Instant later = Instant.now().plus(Duration.ofDays(190));

        assertThat(IdentityRenewal.renewIfDue(state, now, "127.0.0.1", soon)).isEqualTo(now);
        NodeIdentity renewed = IdentityRenewal.renewIfDue(state, now, "127.0.0.1", later);

        assertThat(renewed.end()).isAfter(now.end().plus(Duration.ofDays(180)));
        assertThat(state.load()).isEqualTo(renewed);
        assertThat(IdentityRenewal.renewIfDue(state, renewed, "127.0.0.1", later))
                .isEqualTo(renewed);
    }

    @Test
    void aCertificateIsRenewedWhenTheNodesAddressChanges() throws IOException {
        var state = new IdentityDirectory(first.directory.resolve("state"));
        NodeIdentity renewed =
                IdentityRenewal.renewIfDue(state, state.load(), "fd00::7", Instant.now());
        assertThat(state.load().certificate()).isEqualTo(renewed.certificate());
        assertThat(renewed.isDueForRenewal(Instant.now(), "FD00:0::7%eth0")).isFalse();
        assertThat(renewed.isDueForRenewal(Instant.now(), "fd00::8")).isTrue();
    }
}
