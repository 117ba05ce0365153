package io.shoestring.sandbox.fault;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.EventList;
import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeStatus;
import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.machines.Machine;
import io.shoestring.sandbox.machines.MachineNetwork;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Two database machines, one that votes, and the application's: network namespaces with real
 * processes, set up by the commands that an administrator uses.
 *
 * <pre>
 *   db0  node, server ─────┐
 *   db1  node, server ─────┤ switch     10.77.0.100 is on the machine with the primary
 *   witness  node         ─┤
 *   app  the bank's clients┘
 * </pre>
 */
public final class Stage implements AutoCloseable {
    /** The machines that have a member. */
    public static final List<String> DATABASES = List.of("db0", "db1");

    /** The machine that only votes. */
    public static final String WITNESS = "witness";

    /** The machine of the clients. */
    public static final String CLIENT = "app";

    /** The address that follows the primary. */
    public static final String ADDRESS = "10.77.0.100";

    /** The address that is where the listener can serve. */
    static final String LISTENER_ADDRESS = "10.77.0.102";

    static final String DATABASE = "shop";
    static final int LISTENER_PORT = 6432;

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration NOTICED = Duration.ofSeconds(2);
    private static final long POLL_MILLIS = 100;
    private static final int LOG_LINES = 200;

    private final Clock clock;
    private final StageEngine engine;
    private final MachineNetwork network;
    private final StageFiles files;
    private final Map<String, NodeOnMachine> nodes = new LinkedHashMap<>();
    private final StageDirectory directory;
    private final Thread hook = new Thread(this::takeDown, "stage-end");

    private Stage(
            StageEngine engine,
            StageDirectory directory,
            MachineNetwork network,
            Clock clock,
            List<String> balancers) {
        this.engine = engine;
        this.clock = requireNonNull(clock, "clock is null");
        this.network = network;
        this.directory = directory;
        this.files = new StageFiles(directory.path(), engine);
        // An address that follows a listener begins on the first of them.
        Stream.concat(balancers.stream(), Stream.of("db0", "db1", WITNESS))
                .forEach(name -> nodes.put(name, new NodeOnMachine(network.machine(name), files)));
    }

    /**
     * Makes the machines and the cluster; returns when it is healthy. Nothing is left of it when it
     * is closed, or this process is told to end.
     *
     * @param engine of its two servers
     * @param parent in which it makes a directory of its own
     * @param progress is told what is done, in sentences
     * @throws SandboxException if machines cannot be made here, or the cluster does not become
     *     healthy
     */
    public static Stage build(Engine engine, Path parent, Clock clock, Consumer<String> progress)
            throws SandboxException, InterruptedException {
        return build(StageEngine.of(engine), parent, clock, progress, List.of());
    }

    /** The same with machines that have only listeners, and vote. */
    static Stage build(
            StageEngine engine,
            Path parent,
            Clock clock,
            Consumer<String> progress,
            List<String> balancers)
            throws SandboxException, InterruptedException {
        Optional<String> obstacle = MachineNetwork.obstacle();
        if (obstacle.isPresent()) {
            throw new SandboxException(obstacle.get());
        }
        String[] machines =
                Stream.concat(Stream.of("db0", "db1", WITNESS, CLIENT), balancers.stream())
                        .toArray(String[]::new);
        StageDirectory made = StageDirectory.in(parent);
        Stage stage = new Stage(engine, made, MachineNetwork.of(machines), clock, balancers);
        try {
            Runtime.getRuntime().addShutdownHook(stage.hook);
            stage.found(progress);
            return stage;
        } catch (IOException | SQLException | DatabaseException | IllegalStateException e) {
            stage.close();
            throw new SandboxException("The machines were not set up: " + e.getMessage(), e);
        } catch (SandboxException | InterruptedException e) {
            stage.close();
            throw e;
        }
    }

    private void found(Consumer<String> progress)
            throws IOException,
                    SQLException,
                    DatabaseException,
                    SandboxException,
                    InterruptedException {
        Map<String, String> addresses = new LinkedHashMap<>();
        for (NodeOnMachine node : nodes.values()) {
            files.prepare(node.machine());
            addresses.put(node.name(), node.machine().address());
        }
        files.prepareFirst(machine("db0"), addresses, ADDRESS);
        progress.accept("machine db0 makes the cluster (shoestring init)");
        NodeOnMachine first = node("db0");
        first.run("init", "--node", "db0");
        first.start();
        await("node db0 does not answer", () -> first.status().isPresent());
        for (String name : nodes.keySet()) {
            if (name.equals("db0")) {
                continue;
            }
            progress.accept("machine " + name + " joins it (shoestring join)");
            String token = first.run("token").lines().findFirst().orElseThrow();
            node(name).run("join", "--node", name, "--token", token, first.machine().address());
            node(name).start();
        }
        awaitHealthy();
        access().makeApplication(primary().orElse(DATABASES.getFirst()));
    }

    /** What its servers are. */
    StageEngine engine() {
        return engine;
    }

    /** The ways to its servers. */
    public StageAccess access() {
        return new StageAccess(this, engine);
    }

    /** The machine of that name. */
    public Machine machine(String name) {
        return network.machine(name);
    }

    /** The wires between the machines. */
    public MachineNetwork network() {
        return network;
    }

    /**
     * Has the whole cluster work by another configuration, as an operator at db0 does.
     *
     * @throws IllegalStateException with what {@code shoestring apply} printed, if it was refused
     */
    void apply(UnaryOperator<String> change) {
        try {
            Path file = files.config("db0");
            Path next = file.resolveSibling("next.yaml");
            Files.writeString(next, change.apply(Files.readString(file)));
            node("db0").run("apply", next.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The machines' power, as far as the cluster may switch it off. */
    StageFence fence() {
        return new StageFence(this, files);
    }

    /** Takes the voter out of the cluster, and a machine of its name, with nothing on it, in. */
    void replaceVoter() {
        NodeOnMachine voter = node(WITNESS);
        String entry = ", " + WITNESS + ": " + voter.machine().address();
        apply(text -> text.replace(entry + " }", " }"));
        awaitEnd(voter);
        voter.machine().runIn("rm", "-rf", files.home(WITNESS) + "/state");
        apply(text -> text.replaceFirst("(nodes: .*) }", "$1" + entry + " }"));
        String token = node("db0").run("token").lines().findFirst().orElseThrow();
        String member = machine("db0").address();
        voter.run("join", "--node", WITNESS, "--token", token, member);
        voter.start();
    }

    private void awaitEnd(NodeOnMachine node) {
        try {
            await("node " + node.name() + " does not end", () -> !node.isRunning());
        } catch (SandboxException e) {
            throw new IllegalStateException(e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    NodeOnMachine node(String name) {
        return requireNonNull(nodes.get(name), "no such node");
    }

    /** What the nodes say of the database; the first that answers and knows is believed. */
    public Optional<DatabaseStatus> database() {
        return nodes.values().stream()
                .map(NodeOnMachine::status)
                .flatMap(Optional::stream)
                .map(ClusterStatus::databases)
                .flatMap(List::stream)
                .filter(database -> database.primary().isPresent())
                .findFirst();
    }

    /** The machine whose node decides; empty if nobody knows. */
    Optional<String> conductor() {
        return nodes.values().stream()
                .map(NodeOnMachine::status)
                .flatMap(Optional::stream)
                .flatMap(status -> status.nodes().stream())
                .filter(NodeStatus::decides)
                .map(NodeStatus::name)
                .findFirst();
    }

    /** Until that node says that there is no primary, for two seconds at most. */
    void awaitWithoutPrimary(String node) {
        long end = clock.nanos() + NOTICED.toNanos();
        while (clock.nanos() - end < 0
                && node(node).status().stream()
                        .flatMap(status -> status.databases().stream())
                        .anyMatch(database -> database.primary().isPresent())) {
            Thread.onSpinWait();
        }
    }

    /** The machine with the primary; empty if there is none, or nobody knows. */
    public Optional<String> primary() {
        return database().flatMap(DatabaseStatus::primary);
    }

    /** The database machine that is not that one. */
    public static String other(String machine) {
        return DATABASES.stream().filter(name -> !name.equals(machine)).findFirst().orElseThrow();
    }

    /** The main process of the server on that machine; empty if its file is not there. */
    public Optional<ProcessHandle> postmaster(String machine) {
        try {
            Path file = machine(machine).disk(files.process(machine));
            return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).getFirst().strip()));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** SIGKILL to the server's main process. */
    void killServer(String machine) {
        postmaster(machine).ifPresent(ProcessHandle::destroyForcibly);
    }

    /** SIGSTOP to every process of the server. */
    void freezeServer(String machine) {
        // The main process first: it starts nothing any more.
        postmaster(machine).stream()
                .flatMap(server -> Stream.concat(Stream.of(server), server.descendants()))
                .forEach(process -> freeze(machine, process));
    }

    private void freeze(String machine, ProcessHandle process) {
        try {
            machine(machine).runIn("kill", "-STOP", "" + process.pid());
        } catch (IllegalStateException e) {
            // One that served a client may have ended meanwhile.
            if (process.isAlive()) {
                throw e;
            }
        }
    }

    /** Nothing more can be written on the disk with the machine's data, for so long. */
    void fillDisk(String machine, Duration time) {
        machine(machine).fillDisk(files.disk(machine));
        later(time, () -> machine(machine).freeDisk(files.disk(machine)));
    }

    /** No machine with a node has power, for so long. */
    void cutPower(Duration time) {
        nodes.keySet().forEach(name -> machine(name).powerOff());
        later(time, () -> nodes.keySet().forEach(this::powerOn));
    }

    /** Cuts a machine off and mends its wire, so often, for so long each. */
    void flap(String machine, int times, Duration time) {
        if (times > 0) {
            network.isolate(machine);
            later(
                    time,
                    () -> {
                        network.heal();
                        later(time, () -> flap(machine, times - 1, time));
                    });
        }
    }

    /** Does something when that time has passed. */
    static void later(Duration time, Runnable what) {
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                Thread.sleep(time);
                                what.run();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    /** An operator's command that was accepted, and is on its way when this returns. */
    void beginSwitchover() {
        CommandReply reply = node(WITNESS).switchover(DATABASE, Optional.empty());
        if (!reply.accepted()) {
            throw new IllegalStateException("no switchover: " + reply.sentence());
        }
    }

    /** Asks the voter's node for a switchover to that member. */
    public CommandReply switchover(String to) {
        return node(WITNESS).switchover(DATABASE, Optional.of(to));
    }

    /** The machine has power again, and its node starts, as it does with a machine. */
    public void powerOn(String name) {
        machine(name).powerOn();
        node(name).start();
    }

    /** The nodes' names. */
    public List<String> nodes() {
        return List.copyOf(nodes.keySet());
    }

    /** What a node noted after that number; empty if it does not answer. */
    public Optional<EventList> events(String node, long after) {
        return node(node).events(after);
    }

    /** Where applications find a listener that can serve, wherever the primary is. */
    public Endpoint listener() {
        return new Endpoint(LISTENER_ADDRESS, LISTENER_PORT);
    }

    /** Where the server of that machine listens. */
    public Endpoint server(String machine) {
        return new Endpoint(machine(machine).address(), engine.port());
    }

    /** Where the files of a machine are. */
    Path home(String machine) {
        return files.home(machine);
    }

    /** Whether every node runs, agrees, and has nothing for a person to do. */
    public boolean isHealthy() {
        return nodes.values().stream()
                .allMatch(
                        node ->
                                node.isRunning()
                                        && node.status().filter(Stage::isHealthy).isPresent());
    }

    private static boolean isHealthy(ClusterStatus status) {
        return status.databases().stream().anyMatch(DatabaseStatus::healthy)
                && status.addresses().stream().allMatch(AddressStatus::healthy);
    }

    /**
     * Waits for it.
     *
     * @throws SandboxException with the end of each node's log, if it takes too long
     */
    public void awaitHealthy() throws SandboxException, InterruptedException {
        await("the cluster does not become healthy", this::isHealthy);
    }

    /** Mends everything that a fault has broken, and starts what does not run. */
    public void mend() {
        network.heal();
        for (NodeOnMachine node : nodes.values()) {
            fence().notice(node.machine());
            if (!node.machine().hasPower()) {
                node.machine().powerOn();
            }
            node.machine().thaw();
            node.machine().freeDisk(files.disk(node.name()));
            node.thaw();
            node.start();
        }
    }

    /** Waits until the member that is not the primary may take over at any moment. */
    void awaitSynchronous() throws SandboxException, InterruptedException {
        await(
                "no replica becomes synchronous",
                () ->
                        database().stream()
                                .flatMap(it -> it.members().stream())
                                .anyMatch(
                                        member ->
                                                member.role().equals("replica")
                                                        && member.synchronous()));
    }

    private void await(String otherwise, BooleanSupplier condition)
            throws SandboxException, InterruptedException {
        long end = clock.nanos() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (clock.nanos() - end > 0) {
                throw new SandboxException(
                        otherwise + " within " + PATIENCE.toSeconds() + " s\n" + logs());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** The end of each node's log. */
    public String logs() {
        StringBuilder all = new StringBuilder();
        for (String name : nodes.keySet()) {
            all.append("--- ").append(name).append('\n');
            try {
                List<String> lines = Files.readAllLines(files.log(name));
                lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())
                        .forEach(line -> all.append(line).append('\n'));
            } catch (IOException e) {
                all.append(e.getMessage()).append('\n');
            }
        }
        return all.toString();
    }

    /** Everything ends, on all machines. */
    @Override
    public void close() {
        takeDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The process is ending already; the hook finds nothing left to do.
        }
    }

    private void takeDown() {
        network.close();
        directory.close();
    }
}
