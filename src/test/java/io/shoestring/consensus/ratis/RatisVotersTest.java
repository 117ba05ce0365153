package io.shoestring.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore.Transaction;
import io.shoestring.consensus.Counting;
import io.shoestring.consensus.Pki;
import io.shoestring.consensus.TlsFiles;
import io.shoestring.model.NodeName;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

@EnabledIfSystemProperty(named = "consensus.faults", matches = "true")
@Timeout(90)
class RatisVotersTest {
    @TempDir private Path directory;
    private RatisNodes nodes;

    @BeforeEach
    void make() {
        nodes = new RatisNodes(directory.resolve("nodes"), Clock.system());
    }

    @AfterEach
    void stop() throws Exception {
        nodes.close();
    }

    @Test
    void votersComeAndGoOneAtATimeUnderLoad() throws Exception {
        nodes.form(1);
        put("n0", "counter", "0");
        Counting counting = new Counting("counter");
        counting.run(
                List.of(nodes.following("n0")),
                () -> {
                    for (String name : List.of("n1", "n2", "n3", "n4")) {
                        nodes.join(name);
                        nodes.store("n0").voters().add(new NodeName(name), nodes.address(name));
                    }
                    assertThat(nodes.store("n0").members())
                            .containsExactly("n0", "n1", "n2", "n3", "n4");
                    for (String name : List.of("n1", "n2")) {
                        nodes.store("n0").voters().remove(new NodeName(name));
                    }
                });
        assertThat(nodes.store("n0").members()).containsExactly("n0", "n3", "n4");
        counting.assertExact(Long.parseLong(value("n0", "counter")));
        assertThat(value("n4", "counter")).isEqualTo(value("n0", "counter"));
        assertThatThrownBy(
                        () -> {
                            for (String name : List.of("n0", "n3", "n4")) {
                                nodes.store("n4").voters().remove(new NodeName(name));
                            }
                        })
                .isInstanceOf(ConsensusException.class)
                .hasMessageContaining("only voter");
    }

    @Test
    void aServerThatClosedItselfIsStartedAgain() throws Exception {
        nodes.form(1);
        put("n0", "a", "1");
        nodes.store("n0").closeServer();
        await().atMost(Duration.ofSeconds(15)).until(() -> value("n0", "a").equals("1"));
        put("n0", "a", "2");
    }

    @Test
    void aTailTornByACrashIsCutAndDamageBeforeItIsRefused() throws Exception {
        nodes.form(1);
        put("n0", "a", "1");
        put("n0", "b", "2");
        nodes.stop("n0");
        Path log = openSegment();
        byte[] whole = Files.readAllBytes(log);
        Files.write(log, new byte[] {90, 10, 8, 1, 2, 3}, StandardOpenOption.APPEND);
        Files.write(log, new byte[4_096], StandardOpenOption.APPEND);
        nodes.restart("n0");
        assertThat(value("n0", "b")).isEqualTo("2");
        put("n0", "c", "3");
        nodes.stop("n0");
        flip(openSegment(), whole.length / 2);
        assertThatThrownBy(() -> nodes.restart("n0"))
                .isInstanceOf(ConsensusException.class)
                .hasMessageContaining("is damaged at byte")
                .hasMessageContaining("Nothing was changed");
    }

    @Test
    void theLogIsBoundedAndANewcomerGetsTheSnapshot() throws Exception {
        nodes.snapshotEntries = 50;
        nodes.form(1);
        for (int i = 0; i < 400; i++) {
            put("n0", "k" + i % 7, "value " + i);
        }
        Path snapshots = nodes.log("n0").resolveSibling("sm");
        await().atMost(Duration.ofSeconds(10)).until(() -> count(snapshots, "snapshot") > 0);
        assertThat(count(snapshots, "snapshot")).isLessThanOrEqualTo(4);
        nodes.stop("n0");
        nodes.restart("n0");
        assertThat(value("n0", "k0")).isEqualTo("value 399");
        nodes.join("n1");
        nodes.store("n0").voters().add(new NodeName("n1"), nodes.address("n1"));
        assertThat(value("n1", "k0")).isEqualTo("value 399");
    }

    @Test
    void aBeginningThatWasInterruptedGoesOn() throws Exception {
        nodes.form(1);
        put("n0", "k", "v");
        RatisSettings own = nodes.settings("n0");
        nodes.stop("n0");
        try (RatisStore again = RatisStore.open(own, Clock.system())) {
            assertThat(again.get("k").orElseThrow().value()).isEqualTo("v");
            assertThat(again.members()).containsExactly("n0");
        }
    }

    /** As a node does that was taken in and did not hear of it. */
    @Test
    void aVoterIsTakenInAgainWhileItRuns() throws Exception {
        nodes.form(1);
        nodes.join("n1");
        NodeName again = new NodeName("n1");
        nodes.store("n0").voters().add(again, nodes.address("n1"));
        nodes.store("n0").voters().remove(again);
        nodes.store("n0").voters().add(again, nodes.address("n1"));
        assertThat(nodes.store("n0").members()).containsExactly("n0", "n1");
        // Of two voters both are needed.
        put("n0", "k", "v");
        assertThat(value("n1", "k")).isEqualTo("v");
    }

    @Test
    void aDirectoryThatDoesNotFitIsRefused() throws Exception {
        nodes.form(1);
        RatisSettings own = nodes.settings("n0");
        nodes.stop("n0");
        assertThatThrownBy(
                        () ->
                                RatisStore.open(
                                        other(own, "another", own.directory()), Clock.system()))
                .hasMessageContaining("memory of another cluster than another");
        assertThatThrownBy(
                        () ->
                                RatisStore.open(
                                        other(own, own.cluster(), directory.resolve("empty")),
                                        Clock.system()))
                .hasMessageContaining("forgot what it promised");
    }

    @Test
    void onlyWhoHasACertificateOfTheAuthorityIsHeard() throws Exception {
        Pki pki = Pki.in(directory.resolve("pki"));
        TlsFiles good = pki.issue("good");
        nodes.with(good).form(2);
        nodes.leader();
        put("n1", "a", "1");
        TlsFiles forged = Pki.in(directory.resolve("forged")).issue("forged");
        assertRefused(Optional.empty());
        assertRefused(
                Optional.of(new TlsFiles(forged.key(), forged.certificate(), good.authority())));
        assertThat(value("n0", "a")).isEqualTo("1");
    }

    /** A third node, configured as a voter of the same cluster, that cannot prove itself. */
    private void assertRefused(Optional<TlsFiles> tls) throws Exception {
        RatisSettings own = nodes.settings("n0");
        RatisSettings stranger =
                new RatisSettings(
                        own.cluster(),
                        new NodeName("stranger"),
                        new io.shoestring.model.Endpoint(
                                "127.0.0.1", io.shoestring.testing.FreePort.find()),
                        Map.of(
                                new NodeName("n0"),
                                nodes.address("n0"),
                                new NodeName("n1"),
                                nodes.address("n1")),
                        directory.resolve("stranger" + tls.isPresent()),
                        RatisSettings.Start.JOIN,
                        tls,
                        Duration.ofSeconds(3),
                        100);
        try (RatisStore store = RatisStore.open(stranger, Clock.system())) {
            assertThatThrownBy(() -> store.get("a")).isInstanceOf(ConsensusException.class);
        }
    }

    private static RatisSettings other(RatisSettings own, String cluster, Path directory) {
        return new RatisSettings(
                cluster,
                own.self(),
                own.bind(),
                own.peers(),
                directory,
                RatisSettings.Start.REOPEN,
                own.tls(),
                own.timeout(),
                own.snapshotEntries());
    }

    private Path openSegment() throws IOException {
        try (Stream<Path> files = Files.list(nodes.log("n0"))) {
            return files.filter(file -> file.toString().contains("log_inprogress"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void flip(Path file, int at) throws IOException {
        try (RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw")) {
            data.seek(at);
            int before = data.read();
            data.seek(at);
            data.write(before ^ 1);
        }
    }

    private static long count(Path directory, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).count();
        }
    }

    private void put(String node, String key, String value) throws Exception {
        assertThat(nodes.store(node).commit(new Transaction(Map.of(), Map.of(key, value))))
                .isTrue();
    }

    private String value(String node, String key) throws Exception {
        return nodes.store(node).get(key).orElseThrow().value();
    }
}
