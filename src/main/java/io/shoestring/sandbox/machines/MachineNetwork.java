package io.shoestring.sandbox.machines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Machines on one switch, as network namespaces with veth pairs on a bridge:
 *
 * <pre>
 *   machine a ── eth0 ═ a ─┐
 *   machine b ── eth0 ═ b ─┤ br0, in a namespace of its own
 *   machine c ── eth0 ═ c ─┘
 * </pre>
 *
 * <p>Machine number n has 10.77.0.n/24 and fd77::n/64. Nothing of it is in the host's own network.
 * Names carry the process that made them; whoever comes next removes what a dead one left.
 */
public final class MachineNetwork implements AutoCloseable {
    private static final String PREFIX = "shoestring-trial-";
    private static final Pattern OWNER =
            Pattern.compile("^" + PREFIX + "(?<process>[0-9]{1,18})-(?<start>[0-9]+)-");
    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final String name;
    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private final List<String> rules = new ArrayList<>();
    private final List<LongWire> wires = new ArrayList<>();
    private final List<List<String>> narrowed = new ArrayList<>();
    private final List<Capture> captures = new ArrayList<>();

    private MachineNetwork(String name) {
        this.name = name;
    }

    /**
     * Makes machines of those names.
     *
     * @throws IllegalStateException if that is not possible here; see {@link #obstacle}
     */
    public static MachineNetwork of(String... names) {
        obstacle()
                .ifPresent(
                        why -> {
                            throw new IllegalStateException(why);
                        });
        sweep();
        MachineNetwork network = new MachineNetwork(ownPrefix() + NEXT.incrementAndGet());
        try {
            network.build(names);
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
        return network;
    }

    /** Why machines cannot be made here; empty: they can. */
    public static Optional<String> obstacle() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return Optional.of("Machines are network namespaces, which only root can make.");
        }
        return Stream.of("ip", "nft", "tcpdump", "ping", "nsenter", "setpriv")
                .filter(program -> !isInstalled(program))
                .findFirst()
                .map(
                        program ->
                                "Machines need the program "
                                        + program
                                        + ": apt-get install iproute2 nftables tcpdump iputils-ping"
                                        + " util-linux");
    }

    private static boolean isInstalled(String program) {
        return Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin")
                .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
    }

    /** The machine of that name. */
    public Machine machine(String machine) {
        Machine found = machines.get(machine);
        if (found == null) {
            throw new IllegalArgumentException("'" + machine + "' is no machine of this network");
        }
        return found;
    }

    /** From now on nothing that {@code from} sends reaches {@code to}; the way back stays open. */
    public void cutOneWay(String from, String to) {
        rule("iifname \"%s\" oifname \"%s\" drop".formatted(from, to));
    }

    /** From now on nothing that {@code from} sends from that port of TCP reaches {@code to}. */
    public void cutPort(int port, String from, String to) {
        rule("iifname \"%s\" oifname \"%s\" tcp sport %d drop".formatted(from, to, port));
    }

    /** From now on these two do not hear each other. */
    public void cut(String one, String other) {
        cutOneWay(one, other);
        cutOneWay(other, one);
    }

    /**
     * From now on the machine's wire carries so many kbit/s each way. What does not fit waits for
     * half a second at most, and is lost then.
     */
    public void narrow(int kbits, String machine) {
        narrow(switchName(), machine, kbits);
        narrow(machine(machine).namespace(), "eth0", kbits);
    }

    /** From now on what the machine sends and gets arrives so much later. */
    public synchronized void delay(String machine, Duration time) {
        try {
            wires.add(LongWire.lay(switchName(), machine, time));
        } catch (Exception e) {
            throw new IllegalStateException("the wire of " + machine, e);
        }
    }

    private void narrow(String namespace, String device, int kbits) {
        String where = "ip netns exec " + namespace + " tc qdisc ";
        String what = " dev " + device + " root";
        narrowed.add(words(where + "del" + what));
        String limit = " tbf rate " + kbits + "kbit burst 16kb latency 500ms";
        Command.run(words(where + "add" + what + limit).toArray(String[]::new));
    }

    private static List<String> words(String command) {
        return List.of(command.split(" ", -1));
    }

    /** From now on the machine and all others do not hear each other; its link stays up. */
    public void isolate(String machine) {
        rule("iifname \"%s\" drop".formatted(machine));
        rule("oifname \"%s\" drop".formatted(machine));
    }

    /** From now on so many of a hundred packets that the machine sends or gets are lost. */
    public void lose(int percent, String machine) {
        rule("iifname \"%s\" numgen random mod 100 < %d drop".formatted(machine, percent));
        rule("oifname \"%s\" numgen random mod 100 < %d drop".formatted(machine, percent));
    }

    /** Nothing is cut, narrow, long or lost any more. */
    public synchronized void heal() {
        rules.clear();
        applyRules();
        narrowed.forEach(removal -> Command.attempt("", removal));
        narrowed.clear();
        wires.forEach(LongWire::close);
        wires.clear();
    }

    /** Begins to record the frames on the switch that the expression of tcpdump selects. */
    public Capture capture(String expression) {
        Capture capture = Capture.start(switchName(), expression);
        captures.add(capture);
        return capture;
    }

    /** Kills what runs on the machines and removes them. */
    @Override
    public void close() {
        captures.forEach(Capture::close);
        wires.forEach(LongWire::close);
        machines.values().forEach(Machine::close);
        remove(switchName());
    }

    private void build(String... names) {
        String bridge = switchName();
        Command.run("ip", "netns", "add", bridge);
        // Without the wait of the spanning tree, and without guesses about multicast groups.
        Command.run(
                "ip",
                "-n",
                bridge,
                "link",
                "add",
                "br0",
                "type",
                "bridge",
                "stp_state",
                "0",
                "forward_delay",
                "0",
                "mcast_snooping",
                "0");
        Command.run("ip", "-n", bridge, "link", "set", "br0", "up");
        int number = 1;
        for (String machine : names) {
            machines.put(machine, Machine.make(name, machine, number++, bridge));
        }
    }

    private String switchName() {
        return name + "-switch";
    }

    private synchronized void rule(String rule) {
        rules.add(rule);
        applyRules();
    }

    /** All at once: there is no moment with half of the rules. */
    private void applyRules() {
        String text =
                """
                table bridge machines
                delete table bridge machines
                table bridge machines {
                    chain forward {
                        type filter hook forward priority 0; policy accept;
                        %s
                    }
                }
                """
                        .formatted(String.join("\n        ", rules));
        Command.Result result =
                Command.attempt(
                        text, List.of("ip", "netns", "exec", switchName(), "nft", "-f", "-"));
        if (result.status() != 0) {
            throw new IllegalStateException("nft: " + result.output());
        }
    }

    /** Removes what a test left whose process is no more. */
    static void sweep() {
        if (!Files.isDirectory(NAMESPACES)) {
            return;
        }
        try (Stream<Path> found = Files.list(NAMESPACES)) {
            found.map(path -> String.valueOf(path.getFileName()))
                    .filter(each -> each.startsWith(PREFIX) && !livingOwner(each))
                    .forEach(MachineNetwork::remove);
        } catch (IOException e) {
            throw new IllegalStateException("Cannot read " + NAMESPACES, e);
        }
    }

    /** Kills what runs in a namespace of ours, and removes it. */
    static void remove(String namespace) {
        Command.Result pids = Command.attempt("", List.of("ip", "netns", "pids", namespace));
        if (pids.status() == 0) {
            pids.output()
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .map(Long::parseLong)
                    .flatMap(pid -> ProcessHandle.of(pid).stream())
                    .forEach(ProcessHandle::destroyForcibly);
        }
        Command.attempt("", List.of("ip", "netns", "del", namespace));
    }

    /** A process number alone may be another's by now; with its start it is not. */
    private static String ownPrefix() {
        ProcessHandle own = ProcessHandle.current();
        return PREFIX + own.pid() + "-" + started(own) + "-";
    }

    private static boolean livingOwner(String namespace) {
        Matcher owner = OWNER.matcher(namespace);
        // A name that is not like ours is somebody's.
        return !owner.find()
                || ProcessHandle.of(Long.parseLong(owner.group("process")))
                        .map(MachineNetwork::started)
                        .filter(owner.group("start")::equals)
                        .isPresent();
    }

    private static String started(ProcessHandle process) {
        return process.info().startInstant().map(at -> "" + at.toEpochMilli()).orElse("0");
    }
}
