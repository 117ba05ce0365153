package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.postgresql.InitialCluster;
import io.shoestring.database.postgresql.ProgramsFinder;
import io.shoestring.sandbox.machines.Machine;
import io.shoestring.sandbox.machines.MachineNetwork;
import io.shoestring.sandbox.machines.MachineProcess;
import io.shoestring.testing.TestNetwork;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Two database machines, a voter and a client, with the example of the documents, set up by the
 * commands that the guide names.
 */
final class ThreeMachines implements AutoCloseable {
    static final String ADDRESS = "10.77.0.100";
    static final String PASSWORD = "secret";
    static final List<String> NODES = List.of("db0", "db1", "witness");
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    final MachineNetwork network;
    private final Path directory;
    private final Map<String, MachineProcess> running = new HashMap<>();

    ThreeMachines(Path directory) throws Exception {
        this.directory = directory;
        this.network = TestNetwork.of("db0", "db1", "witness", "app");
        try {
            build();
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    private void build() throws Exception {
        machine("db0").runIn("chmod", "755", directory.toString());
        for (String node : NODES) {
            Path home = Files.createDirectories(home(node));
            Files.writeString(home.resolve("password"), PASSWORD + "\n");
            Path members = Files.createDirectories(home.resolve("members"));
            machine(node).runIn("chown", "postgres:", members.toString());
        }
        Path first = home("db0").resolve("members/main");
        InitialCluster.create(first, "postgres", PASSWORD, 5432, ProgramsFinder.newest());
        Files.writeString(
                first.resolve("postgresql.conf"),
                Files.readString(first.resolve("postgresql.conf"))
                        + "listen_addresses = '*'\nfsync = off\n");
        Files.writeString(
                first.resolve("pg_hba.conf"),
                Files.readString(first.resolve("pg_hba.conf"))
                        + "host all all 10.77.0.0/24 scram-sha-256\n"
                        + "host replication all 10.77.0.0/24 scram-sha-256\n");
        Files.writeString(config("db0"), text());
    }

    /** As the guide says: the first machine makes the cluster, the others join. */
    void found() {
        cli("db0", "init", "--node", "db0");
        start("db0");
        for (String node : List.of("db1", "witness")) {
            String token = cli("db0", "token").lines().findFirst().orElseThrow();
            await(() -> joined(node, token));
            start(node);
        }
        awaitHealthy();
    }

    private boolean joined(String node, String token) {
        try {
            cli(node, "join", "--node", node, "--token", token, machine("db0").address());
            return true;
        } catch (IllegalStateException e) {
            if (String.valueOf(e.getMessage()).contains("not reached")
                    || String.valueOf(e.getMessage()).contains("refused")) {
                return false;
            }
            throw e;
        }
    }

    Machine machine(String name) {
        return network.machine(name);
    }

    void start(String node) {
        running.put(
                node,
                machine(node)
                        .start(
                                log(node),
                                shoestring("run", "-c", config(node).toString(), "--node", node)));
    }

    MachineProcess process(String node) {
        return requireNonNull(running.get(node), "it does not run");
    }

    Path home(String node) {
        return directory.resolve(node);
    }

    private Path config(String node) {
        return home(node).resolve("shoestring.yaml");
    }

    private Path log(String node) {
        return home(node).resolve("node.log");
    }

    private static String text() throws IOException {
        return Files.readString(Path.of("docs/examples/three-machines.yaml"))
                .replace("name: shop", "name: shop\n  directory: state")
                .replace("/etc/shoestring/shop.password", "password")
                .replace("/var/lib/postgresql/15/", "members/")
                .replace("10.0.0.100", ADDRESS)
                .replace("10.0.0.10", "10.77.0.1")
                .replace("10.0.0.11", "10.77.0.2")
                .replace("10.0.0.12", "10.77.0.3");
    }

    private static List<String> shoestring(String... arguments) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** What a command prints on that machine. */
    String cli(String node, String... arguments) {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.add(1, "-c");
        command.add(2, config(node).toString());
        return machine(node)
                .runIn(shoestring(command.toArray(String[]::new)).toArray(String[]::new));
    }

    String status(String node) {
        try {
            return cli(node, "status", "--json");
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
    }

    void awaitHealthy() {
        await(() -> status("witness").contains("\"healthy\" : true"));
    }

    /** What the client gets at the address that follows the primary; empty if it gets an error. */
    String query(String sql) {
        return query(ADDRESS, sql);
    }

    String query(String host, String sql) {
        try {
            return machine("app")
                    .runIn(
                            "env",
                            "PGPASSWORD=" + PASSWORD,
                            "PGCONNECT_TIMEOUT=2",
                            "psql",
                            "-h",
                            host,
                            "-p",
                            "6432",
                            "-U",
                            "postgres",
                            "-d",
                            "postgres",
                            "-Atqc",
                            sql)
                    .strip();
        } catch (IllegalStateException e) {
            return "";
        }
    }

    String log(String node, int lines) {
        try {
            List<String> all = Files.readAllLines(log(node));
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                StringBuilder all = new StringBuilder("not within a minute\n");
                NODES.forEach(
                        node -> all.append(node).append(":\n").append(log(node, 40)).append('\n'));
                throw new AssertionError(all.toString());
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public void close() {
        network.close();
    }
}
