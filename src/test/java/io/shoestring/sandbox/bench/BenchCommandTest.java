package io.shoestring.sandbox.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import picocli.CommandLine;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

class BenchCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return new CommandLine(new BenchCommand(Clock.system()))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    @Test
    void allWorksAreNamed() {
        assertThat(run("list")).isZero();
        assertThat(out.toString())
                .contains("http-1k-c32", "tcp-bulk", "postgresql-prepared-c8", "mysql-mix-c8")
                .contains("https-connect", "start");
    }

    @Test
    void whatIsNotThereIsNamedBeforeAnythingBegins() {
        assertThat(run("http-2k-c32")).isEqualTo(2);
        assertThat(err.toString())
                .contains("There is no work 'http-2k-c32'")
                .contains("bench list");

        assertThat(run("http", "--peer", "new=/nowhere/haproxy")).isEqualTo(2);
        assertThat(err.toString()).contains("/nowhere/haproxy is not a program");

        assertThat(run("http", "--peer", "new=/bin/sh")).isEqualTo(2);
        assertThat(err.toString()).contains("begins with none of: haproxy, nginx, pgbouncer");

        assertThat(run("http", "--rounds", "0")).isEqualTo(2);
    }

    /** As a person runs it, and with real peers. */
    @Test
    @Timeout(180)
    void oneWorkIsMeasuredBesideEachPeer() throws IOException, InterruptedException {
        Path table = Files.createTempFile("shoestring-bench", ".md");
        Path said = Files.createTempFile("shoestring-bench", ".json");
        Path progress = Files.createTempFile("shoestring-bench", ".log");
        try {
            Process process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-XX:TieredStopAtLevel=1",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    "io.shoestring.Main",
                                    "bench",
                                    "http-1k-c1",
                                    "--only",
                                    "haproxy",
                                    "--rounds",
                                    "1",
                                    "--seconds",
                                    "1",
                                    "--json",
                                    "--table",
                                    table.toString())
                            .redirectOutput(said.toFile())
                            .redirectError(progress.toFile())
                            .start();
            assertThat(process.waitFor(150, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(progress)).isZero();

            List<String> lines = Files.readAllLines(said);
            assertThat(lines).hasSize(1);
            JsonNode result = JsonMapper.shared().readTree(lines.getFirst());
            assertThat(result.path("work").asString()).isEqualTo("http-1k-c1");
            assertThat(result.path("peer").asString()).isEqualTo("haproxy");
            assertThat(result.path("rounds").asInt()).isEqualTo(1);
            assertThat(result.path("errors").asInt()).isZero();
            for (String figure :
                    List.of("throughput_ratio", "cpu_ratio", "p99_ratio", "rss_mb", "spread")) {
                assertThat(result.path(figure).isNumber()).as(figure).isTrue();
            }
            assertThat(result.path("cpu_ratio").asDouble()).isBetween(0.01, 100.0);
            assertThat(Files.readString(table))
                    .contains("| http-1k-c1 | haproxy |", "HAProxy version");
        } finally {
            Files.delete(table);
            Files.delete(said);
            Files.delete(progress);
        }
    }
}
