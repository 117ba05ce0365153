package io.shoestring.sandbox.fault;

import io.shoestring.database.DatabaseException;
import io.shoestring.sandbox.machines.Machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What is on the machines before anything is started. Each has a directory of its own:
 *
 * <pre>{@code
 * shoestring.yaml   the configuration, on the first machine; join brings it to the others
 * password          of the superuser
 * state/            the node's own state
 * members/main      the data directory, on a disk of the machine's own
 * node.log          what the node logged
 * }</pre>
 */
final class StageFiles {
    static final String PASSWORD = "stage";
    private static final int DISK_MEGABYTES = 1_024;

    private final Path directory;
    private final StageEngine engine;

    StageFiles(Path directory, StageEngine engine) {
        this.directory = directory;
        this.engine = engine;
    }

    Path home(String machine) {
        return directory.resolve(machine);
    }

    Path config(String machine) {
        return home(machine).resolve("shoestring.yaml");
    }

    Path log(String machine) {
        return home(machine).resolve("node.log");
    }

    Path token(String machine) {
        return home(machine).resolve("state/admin.token");
    }

    /** Where a machine's disk is mounted: only its own programs see what is on it. */
    Path disk(String machine) {
        return home(machine).resolve("members");
    }

    Path data(String machine) {
        return disk(machine).resolve("main");
    }

    /** The file with the number of the server's process, as its machine sees it. */
    Path process(String machine) {
        return engine.processFile(data(machine));
    }

    /** Where the fence command is, which switches off the machine that is its argument. */
    Path fence() {
        return directory.resolve("fence");
    }

    /** There once the fence command has switched that machine off. */
    Path fenced(String machine) {
        return directory.resolve(machine + ".off");
    }

    /** The directories of one machine. */
    void prepare(Machine machine) throws IOException {
        Path home = Files.createDirectories(home(machine.name()));
        Files.writeString(home.resolve("password"), PASSWORD + "\n");
        Path members = Files.createDirectories(home.resolve("members"));
        machine.runIn("chmod", "755", directory.toString());
        machine.mountDisk(members, DISK_MEGABYTES);
        machine.runIn("chown", engine.account() + ":", members.toString());
        machine.runIn("chmod", "755", members.toString());
        engine.prepare(home, data(machine.name()), machine.address());
    }

    /** The first member's data, and the configuration. */
    void prepareFirst(Machine first, Map<String, String> nodes, String address)
            throws IOException, DatabaseException {
        Path parent = Files.createDirectories(home(first.name()).resolve("made"));
        first.runIn("chown", engine.account() + ":", parent.toString());
        Path data = parent.resolve("main");
        engine.create(home(first.name()), data, PASSWORD);
        first.runIn("cp", "-a", data.toString(), disk(first.name()).toString());
        Files.writeString(config(first.name()), configuration(nodes, address));
    }

    private String configuration(Map<String, String> nodes, String address) {
        String list =
                nodes.entrySet().stream()
                        .map(node -> node.getKey() + ": " + node.getValue())
                        .collect(Collectors.joining(", ", "{ ", " }"));
        return """
        cluster:
          name: stage
          directory: state
          nodes: %1$s
        databases:
          shop:
            engine: %2$s
            %9$s
            superuser: { name: %3$s, password-file: password }
            members:
              db0: { data: members/main, %5$sport: %6$d }
              db1: { data: members/main, %5$sport: %6$d }
        listeners:
          sql: { bind: "0.0.0.0:%4$d", protocol: %7$s, database: shop, reads: replicas }
        addresses:
          writer: { address: %8$s/24, follows: primary of shop }
          reader: { address: 10.77.0.101/24, follows: replicas of shop }
          sql: { address: 10.77.0.102/24, follows: listener sql }
        """
                .formatted(
                        list,
                        engine.name(),
                        engine.access().superuser(),
                        Stage.LISTENER_PORT,
                        engine.memberKeys(),
                        engine.port(),
                        engine.protocol(),
                        address,
                        engine.databaseKeys());
    }
}
