package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.database.postgresql.InitialCluster;
import io.shoestring.database.postgresql.ProgramsFinder;
import io.shoestring.sandbox.machines.Capture;
import io.shoestring.sandbox.machines.Machine;
import io.shoestring.sandbox.machines.MachineNetwork;
import io.shoestring.sandbox.machines.MachineProcess;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.TestNetwork;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * A whole node with a real pair on one machine, and another machine that is its client: the example
 * and the promises of {@code docs/guide/addresses.md}.
 */
@Timeout(120)
class AddressOfAPrimaryTest {
    private static final String PASSWORD = "secret";
    private static final String V4 = "10.77.0.100";
    private static final String V6 = "fd77::100";

    @TempDir(factory = InMemory.class)
    private Path directory;

    private MachineNetwork network;
    private Machine db0;
    private Machine client;

    @BeforeEach
    void make() throws Exception {
        network = TestNetwork.of("db0", "app");
        db0 = network.machine("db0");
        client = network.machine("app");
        Path members = Files.createDirectory(directory.resolve("members"));
        db0.runIn("chmod", "755", directory.toString());
        db0.runIn("chown", "postgres:", members.toString());
        Files.writeString(directory.resolve("password"), PASSWORD + "\n");
        InitialCluster.create(
                members.resolve("a"), "postgres", PASSWORD, 5433, ProgramsFinder.newest());
        Files.writeString(
                members.resolve("a/postgresql.conf"),
                Files.readString(members.resolve("a/postgresql.conf")) + "fsync = off\n");
        Files.writeString(config(), text());
    }

    @AfterEach
    void remove() {
        if (network != null) {
            network.close();
        }
    }

    @Test
    void theAddressFollowsThePrimaryAndItsClientsWaitThereThroughAFailover() throws Exception {
        try (Capture capture = network.capture("arp")) {
            MachineProcess node = startNode();
            await(() -> db0.has(V4) && db0.has(V6));
            await(() -> status().contains("\"healthy\" : true") && query(V4).equals("1"));
            assertThat(client.whoHas(V4)).contains(db0.mac());
            assertThat(client.whoHas(V6)).contains(db0.mac());
            assertThat(query(V6)).isEqualTo("1");
            assertThat(capture.with("who-has " + V4 + " tell " + V4)).isNotEmpty();
            assertThat(log())
                    .contains("Address " + V4 + " is on db0 now: db0 has the primary of shop.");

            kill(postmaster("a"));
            assertThat(query(V4)).as("waited for the new primary").isEqualTo("1");
            assertThat(log()).contains("Failover done: b took over from a");
            assertThat(db0.has(V4)).isTrue();
            assertThat(cli("status")).contains("writer", V4 + "/24", "held: db0 has the");

            node.kill();
            assertThat(client.whoHas(V4)).as("a killed node leaves it").contains(db0.mac());
            MachineProcess next = startNode();
            await(() -> log().contains("Address " + V4 + " was still on eth0 of db0"));
            await(() -> query(V4).equals("1"));

            next.end();
            assertThat(db0.has(V4)).isFalse();
            assertThat(db0.has(V6)).isFalse();
            assertThat(log()).contains("was taken from db0: Shoestring ends on this machine.");
        }
    }

    private Path config() {
        return directory.resolve("shoestring.yaml");
    }

    /** The example of the documents, in this test's place. */
    private String text() throws IOException {
        return Files.readString(Path.of("docs/examples/one-address.yaml"))
                .replace("name: shop", "name: shop\n  directory: state")
                .replace("/etc/shoestring/shop.password", "password")
                .replace("/var/lib/postgresql/15/", "members/")
                .replace("10.0.0.100", V4)
                .replace("fd00::100", V6);
    }

    private MachineProcess startNode() {
        return db0.start(
                directory.resolve("node.log"), shoestring("run", "-c", config().toString()));
    }

    private static List<String> shoestring(String... arguments) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    private String cli(String... arguments) {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addAll(List.of("-c", config().toString()));
        return db0.runIn(shoestring(command.toArray(String[]::new)).toArray(String[]::new));
    }

    private String status() {
        try {
            return cli("status", "--json");
        } catch (IllegalStateException e) {
            // It is not well yet.
            return "";
        }
    }

    /** What a client on the other machine gets; empty if it gets an error. */
    private String query(String address) {
        try {
            return client.runIn(
                            "env",
                            "PGPASSWORD=" + PASSWORD,
                            "PGCONNECT_TIMEOUT=10",
                            "psql",
                            "-h",
                            address,
                            "-p",
                            "6432",
                            "-U",
                            "postgres",
                            "-d",
                            "postgres",
                            "-Atc",
                            "SELECT 1 WHERE NOT pg_is_in_recovery()")
                    .strip();
        } catch (IllegalStateException e) {
            return "";
        }
    }

    private long postmaster(String member) throws IOException {
        return Long.parseLong(
                Files.readAllLines(directory.resolve("members/" + member + "/postmaster.pid"))
                        .getFirst());
    }

    private static void kill(long pid) {
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("node.log"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + 40_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() < end).as(log()).isTrue();
            Thread.sleep(50);
        }
    }
}
