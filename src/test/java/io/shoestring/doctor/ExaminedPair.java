package io.shoestring.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.database.postgresql.TestCluster;
import io.shoestring.doctor.Report.Finding;
import io.shoestring.doctor.facts.Facts;
import io.shoestring.doctor.facts.Survey;
import io.shoestring.testing.Program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A real pair, and what a person does with the doctor: asks, waits, copies the commands. */
final class ExaminedPair implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final TestCluster cluster;
    private final Path directory;

    /**
     * Starts it.
     *
     * @param directory for configurations
     */
    ExaminedPair(Path directory) throws Exception {
        this.directory = directory;
        cluster = new TestCluster("a", "b");
        Files.writeString(
                cluster.data("a").resolve("postgresql.conf"),
                """
                wal_level = logical
                max_prepared_transactions = 5
                archive_mode = on
                archive_command = '/bin/true'
                """,
                StandardOpenOption.APPEND);
        Files.setPosixFilePermissions(
                cluster.config().superuser().passwordFile(),
                PosixFilePermissions.fromString("rw-------"));
        cluster.startPrimary("a", 1);
        cluster.followed("b", "a", 1);
    }

    @Override
    public void close() throws IOException {
        cluster.close();
    }

    ShoestringConfig config(String address, String databases) throws Exception {
        Path file = directory.resolve("shoestring.yaml");
        Files.writeString(
                file,
                """
                cluster:
                  name: test
                  nodes: { near: 127.0.0.1, far: %s }
                  directory: state
                databases:
                %s
                admin:
                  bind: 127.0.0.1:6480
                """
                        .formatted(address, databases.indent(2)));
        return ((ConfigReader.Sound) ConfigReader.read(file)).config();
    }

    ShoestringConfig config() throws Exception {
        return config("127.0.0.9", database("", "near"));
    }

    /** The tests' pair. */
    String database(String more, String nodeOfB) {
        return """
        shop:
          engine: postgresql
          superuser: { name: postgres, password-file: %s }
          %s
          members:
            a: { node: near, data: %s, port: %d }
            b: { node: %s, data: %s, port: %d }
        """
                .formatted(
                        cluster.config().superuser().passwordFile(),
                        more,
                        cluster.data("a"),
                        port("a"),
                        nodeOfB,
                        cluster.data("b"),
                        port("b"));
    }

    int port(String member) {
        return cluster.endpoint(member).port();
    }

    Facts gather(ShoestringConfig config) {
        return new Survey(config, Clock.system(), WallClock.system(), List.of())
                .gather(Optional.empty());
    }

    Report examine(ShoestringConfig config) {
        return Doctor.examine(gather(config));
    }

    Set<String> ids(Report report) {
        return report.findings().stream().map(Finding::check).collect(Collectors.toSet());
    }

    String found(Report report, String id) {
        return report.findings().stream()
                .filter(finding -> finding.check().equals(id))
                .map(finding -> String.join(",", finding.subjects()) + ": " + finding.found())
                .collect(Collectors.joining("\n"));
    }

    /** Waits until each of these is found, with these words. */
    Report awaitFound(ShoestringConfig config, Map<String, String> expected) {
        Report[] last = new Report[1];
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            last[0] = examine(config);
                            expected.forEach(
                                    (id, words) ->
                                            assertThat(found(last[0], id))
                                                    .as("%s in %s", id, last[0].findings())
                                                    .contains(words));
                        });
        return last[0];
    }

    void awaitGone(ShoestringConfig config, Set<String> ids) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(ids(examine(config))).doesNotContainAnyElementsOf(ids));
    }

    /** What a person would do: copies each command, up to where it says what to do next. */
    void mend(Report report, Set<String> ids) {
        report.findings().stream()
                .filter(finding -> ids.contains(finding.check()))
                .flatMap(finding -> finding.mend().stream())
                .map(command -> command.replaceFirst("^[^\"]*: psql", "psql"))
                .distinct()
                .peek(command -> assertThat(command).startsWith("psql "))
                .forEach(this::run);
    }

    void run(String command) {
        Program.run(
                        directory,
                        List.of(
                                "sh",
                                "-c",
                                "PGPASSWORD=$(cat %s) %s"
                                        .formatted(
                                                cluster.config().superuser().passwordFile(),
                                                command)))
                .sound();
    }

    void reload(String member) throws Exception {
        cluster.sql(member, "SELECT pg_reload_conf()");
    }

    String mendOf(Report report, String id) {
        return report.findings().stream()
                .filter(finding -> finding.check().equals(id))
                .findFirst()
                .orElseThrow()
                .mend()
                .getFirst();
    }
}
