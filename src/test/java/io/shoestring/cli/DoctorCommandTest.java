package io.shoestring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.doctor.Report;
import io.shoestring.doctor.Report.Finding;
import io.shoestring.doctor.Report.Topic;
import io.shoestring.doctor.Severity;
import io.shoestring.doctor.facts.Facts.Gap;
import io.shoestring.testing.FreePort;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The doctor as a person meets it, where no server and no node is. */
@Timeout(60)
class DoctorCommandTest {
    @TempDir private Path directory;
    private Screen screen;

    @BeforeEach
    void configure() throws Exception {
        Files.writeString(directory.resolve("password"), "x\n");
        Files.writeString(
                directory.resolve("shoestring.yaml"),
                """
                cluster:
                  name: trial
                  nodes: { local: 127.0.0.1 }
                  directory: state
                databases:
                  shop:
                    engine: postgresql
                    superuser: { password-file: password }
                    members:
                      a: { data: /proc/a, port: %d }
                admin: { bind: "127.0.0.1:%d" }
                """
                        .formatted(FreePort.find(), FreePort.find()));
        screen = new Screen(directory);
    }

    @Test
    void saysTheWorstFirstAndEndsWithItsCode() {
        assertThat(screen.run("doctor")).isEqualTo(6);
        assertThat(screen.out())
                .contains("checks, 0 servers that answered: ")
                .contains("DANGER  secrets  this machine\n")
                .contains("mend: chmod 600 " + directory.resolve("password") + "\n")
                .contains("checks found nothing; --all names them.")
                .contains("NOT LOOKED AT\n  this machine, what a running node says: ");
        assertThat(screen.err()).isEmpty();
        screen.clear();
        screen.run("doctor", "--all");
        assertThat(screen.out()).contains("WELL\n").contains("\n  fsync: fsync is on\n");
    }

    @Test
    void saysTheSameToPrograms() {
        assertThat(screen.run("doctor", "--json")).isEqualTo(6);
        JsonNode report = JsonMapper.shared().readTree(screen.out());
        assertThat(report.propertyNames())
                .containsExactly("checks", "servers", "worst", "findings", "well", "unseen");
        assertThat(report.get("worst").asString()).isEqualTo("DANGER");
        assertThat(report.get("findings").get(0).propertyNames())
                .containsExactly("check", "severity", "subjects", "found", "why", "mend");
    }

    @Test
    void aCommandIsBrokenWhereAShellGoesOn() {
        Finding finding =
                new Finding(
                        "wal-level",
                        Severity.DANGER,
                        List.of("a"),
                        "wal_level is minimal.",
                        "With minimal there is not enough in the log for a replica.",
                        List.of(
                                "psql -h h -d postgres -c \"ALTER x\" -c \"SELECT 1\"; then"
                                        + " restart"));
        Report report =
                new Report(
                        2,
                        1,
                        Optional.of(Severity.DANGER),
                        List.of(finding),
                        List.of(new Topic("fsync", "fsync is on")),
                        List.of(new Gap("a", "the disk", "permission denied")));
        assertThat(new DoctorText(80, new Style(false), false).of(report))
                .isEqualTo(
                        """
                        2 checks, 1 server that answered: 1 danger, 0 warnings, 0 hints.

                        DANGER  wal-level  a
                          wal_level is minimal.
                          With minimal there is not enough in the log for a replica.
                          mend: psql -h h -d postgres \\
                            -c "ALTER x" \\
                            -c "SELECT 1"
                          then restart

                        1 check found nothing; --all names them.

                        NOT LOOKED AT
                          a, the disk: permission denied
                        """);
    }
}
