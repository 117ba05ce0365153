package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.sandbox.machines.MachineNetwork;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The program as people start it, in a process of its own, on real servers. */
@Tag("alone")
@Timeout(240)
class DemoTest {
    @TempDir Path temporary;

    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void letTheServersThrough() throws Exception {
        assertThat(new ProcessBuilder("chmod", "711", temporary.toString()).start().waitFor())
                .isZero();
    }

    @AfterEach
    void endIt() {
        started.forEach(Process::destroyForcibly);
    }

    /** Two minutes on their own: the same losses are in the fault scenarios, one by one. */
    @Test
    @EnabledIfSystemProperty(named = "shoestring.demo.machines", matches = "true")
    void losesNothingWhileAServerAMachineAndAWireAreLost() throws Exception {
        MachineNetwork.obstacle().ifPresent(Assumptions::abort);
        JsonNode report = played("--seconds", "10", "--rate", "100");

        assertThat(report.at("/acknowledged").asInt()).isGreaterThan(1_000);
        assertThat(report.at("/switchover_pause_ms").asInt(99_999)).isLessThan(2_500);
        assertThat(report.at("/machine_loss_outage_ms").asInt(99_999)).isLessThan(20_000);
        assertThat(report.at("/machine_rejoined_ms").isNumber()).isTrue();
        assertThat(report.at("/link_loss_pause_ms").isNumber()).isTrue();
    }

    @Test
    void losesNothingWhileTheOnlyNodesPrimaryIsKilledAndSwitchedOver() throws Exception {
        JsonNode report = played("--machines", "1", "--seconds", "10", "--rate", "200");

        assertThat(report.at("/acknowledged").asInt()).isGreaterThan(1_000);
        assertThat(report.at("/switchover_pause_ms").asInt(99_999)).isLessThan(1_000);
        assertThat(report.at("/machine_loss_outage_ms").isNull()).isTrue();
    }

    private JsonNode played(String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("demo", "--json"));
        arguments.addAll(List.of(options));
        Process process = start(arguments.toArray(String[]::new));
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        JsonNode report = JsonMapper.shared().readTree(output);
        assertThat(report.at("/lost").asInt()).as(output).isZero();
        assertThat(report.at("/duplicated").asInt()).as(output).isZero();
        assertThat(report.at("/balances_ok").asBoolean()).as(output).isTrue();
        assertThat(report.at("/write_outage_ms").asInt(99_999)).as(output).isLessThan(3_000);
        assertThat(report.at("/rejoined_ms").asInt(99_999)).as(output).isLessThan(20_000);
        assertThat(report.at("/reads_on_replica_percent").asDouble()).as(output).isPositive();
        assertThat(process.exitValue()).isZero();
        assertNoFileIsLeft();
        return report;
    }

    @Test
    void aSandboxOfTheWholeNodeServesAndLeavesNothingBehind() throws Exception {
        Process process = start("sandbox", "postgresql", "--replicas", "2", "--json");
        String line = process.inputReader(StandardCharsets.UTF_8).readLine();
        JsonNode sheet = JsonMapper.shared().readTree(Objects.requireNonNull(line));
        List<Long> servers =
                Stream.of("a", "b", "c").map(name -> sheet.at("/pids/" + name).asLong()).toList();
        assertThat(servers).allMatch(DemoTest::isAlive);

        process.destroy();

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(servers).noneMatch(DemoTest::isAlive);
        assertNoFileIsLeft();
    }

    private Process start(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElse("java"),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Djava.io.tmpdir=" + temporary,
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--directory", temporary.toString()));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        started.add(process);
        return process;
    }

    /** One that has ended but was not yet noticed by its parent has no program any more. */
    private static boolean isAlive(long pid) {
        return Files.isReadable(Path.of("/proc/" + pid + "/exe"));
    }

    private void assertNoFileIsLeft() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            assertThat(files.filter(file -> file.toString().contains("shoestring"))).isEmpty();
        }
    }
}
