package io.shoestring.sandbox.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.ScriptedNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import picocli.CommandLine;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.PrintWriter;
import java.io.StringWriter;

/** The plot and the count on real servers, with a crude script in place of Shoestring. */
@Timeout(240)
class StoryTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void playsTheWholeStoryAndPrintsOneObject() {
        int exitCode = run("--machines", "1", "--json", "--seconds", "10", "--rate", "200");

        JsonNode report = JsonMapper.shared().readTree(out.toString());
        assertThat(out.toString()).hasLineCount(1);
        assertThat(report.at("/lost").asInt()).isZero();
        assertThat(report.at("/duplicated").asInt()).isZero();
        assertThat(report.at("/balances_ok").asBoolean()).as(err.toString()).isTrue();
        assertThat(report.at("/acknowledged").asInt()).isGreaterThan(200);
        assertThat(report.at("/client_errors").asInt()).as("a crude script").isPositive();
        assertThat(report.at("/write_outage_ms").asInt()).isPositive();
        assertThat(report.at("/switchover_pause_ms").asInt()).isPositive();
        assertThat(report.at("/rejoined_ms").asInt())
                .isGreaterThan(report.at("/write_outage_ms").asInt() / 2);
        assertThat(report.at("/events").size()).isGreaterThan(6);
        assertThat(exitCode).as(err.toString()).isZero();
    }

    @Test
    void saysWhichLengthsAreTaken() {
        assertThat(run("--seconds", "5")).isEqualTo(2);
        assertThat(err.toString()).contains("--seconds is 5; it must be from 10 to 3600.");
    }

    @Test
    void saysHowManyMachinesThereAre() {
        assertThat(run("--machines", "2")).isEqualTo(2);
        assertThat(err.toString()).contains("--machines is 2; it is 1 or 3.");
    }

    private int run(String... arguments) {
        return new CommandLine(new DemoCommand(ScriptedNode::new, log -> {}, Clock.system()))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
