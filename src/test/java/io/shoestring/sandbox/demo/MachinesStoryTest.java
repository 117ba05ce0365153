package io.shoestring.sandbox.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.ScriptedNode;
import io.shoestring.sandbox.machines.MachineNetwork;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import picocli.CommandLine;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.PrintWriter;
import java.io.StringWriter;

/** The whole story as README tells it: three machines, three real nodes. */
@Timeout(400)
class MachinesStoryTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void machinesCanBeMade() {
        MachineNetwork.obstacle().ifPresent(Assumptions::abort);
    }

    @Test
    void aServerAMachineAndAWireAreLostAndNoTransfer() {
        int exitCode =
                new CommandLine(new DemoCommand(ScriptedNode::new, log -> {}, Clock.system()))
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .execute("--machines", "3", "--json", "--seconds", "10", "--rate", "100");

        assertThat(exitCode).as(err + "" + out).isZero();
        JsonNode report = JsonMapper.shared().readTree(out.toString());
        assertThat(report.at("/lost").asInt()).isZero();
        assertThat(report.at("/duplicated").asInt()).isZero();
        assertThat(report.at("/acknowledged").asInt()).isGreaterThan(500);
        assertThat(report.at("/machine_loss_outage_ms").asLong()).isBetween(1L, 30_000L);
        assertThat(report.at("/link_loss_pause_ms").isNumber()).isTrue();
        assertThat(report.at("/reads_on_replica_percent").asDouble()).isPositive();
    }
}
