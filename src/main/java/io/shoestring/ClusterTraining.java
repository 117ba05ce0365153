package io.shoestring;

import io.shoestring.cli.Console;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.NodeName;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * The part of {@link Training} that takes two nodes: one makes a cluster, the other joins it, and
 * both vote. Consensus and the encryption between nodes are half of the classes of a node.
 */
final class ClusterTraining {
    private static final String FIRST = "127.0.0.1";
    private static final String SECOND = "127.0.0.2";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LIFE = Duration.ofSeconds(2);
    private static final long POLL_MILLIS = 100;

    private final Path directory;
    private final int port;
    private final int consensusPort;
    private final Function<PrintWriter, Console> console;

    /**
     * @param directory an empty one
     * @param ports two that are free
     * @param console one that prints to what it is given
     */
    ClusterTraining(Path directory, List<Integer> ports, Function<PrintWriter, Console> console) {
        this.directory = directory;
        this.port = ports.get(0);
        this.consensusPort = ports.get(1);
        this.console = console;
    }

    /**
     * Trains. Both nodes end with the process: who ends second would wait for the other's vote.
     *
     * @throws IOException if the two are not a cluster within 20 s; nothing else needs them
     */
    void train() throws Exception {
        Path first = Files.createDirectories(directory.resolve("a")).resolve("shoestring.yaml");
        Path second = Files.createDirectories(directory.resolve("b")).resolve("shoestring.yaml");
        Files.writeString(
                first,
                """
                cluster:
                  name: training
                  nodes: { a: %s, b: %s }
                  port: %d
                  consensus-port: %d
                  directory: state
                admin: { bind: "127.0.0.1:0" }
                listeners:
                  raw: { bind: "127.0.0.1:0", protocol: tcp, backend: nobody }
                backends:
                  nobody: { servers: { nobody: "127.0.0.1:1" } }
                """
                        .formatted(FIRST, SECOND, port, consensusPort));
        run("init", "-c", first.toString(), "--node", "a");
        NodeProcess a = start(first, "a");
        String token = run("token", "-c", first.toString()).lines().findFirst().orElse("");
        String peer = FIRST + ":" + port;
        run("join", "-c", second.toString(), "--node", "b", "--token", token, peer);
        NodeProcess _ = start(second, "b");
        awaitBoth(a);
        Thread.sleep(LIFE);
    }

    private static NodeProcess start(Path file, String node) throws Exception {
        return NodeProcess.start(RunCommand.read(file), new NodeName(node), file);
    }

    private String run(String... arguments) throws IOException {
        StringWriter said = new StringWriter();
        int code = Main.commands(console.apply(new PrintWriter(said))).execute(arguments);
        if (code != 0) {
            throw new IOException(arguments[0] + " ended with " + code + ": " + said);
        }
        return said.toString();
    }

    private static void awaitBoth(NodeProcess node) throws IOException, InterruptedException {
        long polls = PATIENCE.toMillis() / POLL_MILLIS;
        while (!areWell(node.operations().status())) {
            if (polls-- == 0) {
                throw new IOException("two nodes did not become a cluster");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    private static boolean areWell(ClusterStatus status) {
        return status.nodes().size() == 2
                && status.nodes().stream().allMatch(it -> it.votes() && it.healthy());
    }
}
