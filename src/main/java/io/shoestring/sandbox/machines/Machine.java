package io.shoestring.sandbox.machines;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * One machine: a network namespace with the interface {@code eth0}, and a mount namespace in which
 * disks of its own can be mounted over the host's files. It shares process numbers, users and all
 * other files with the host.
 */
public final class Machine implements AutoCloseable {
    private final String namespace;
    private final String name;
    private final int number;
    private final String bridge;
    private final Process holder;
    private final List<MachineProcess> started = new ArrayList<>();
    private volatile boolean powered;
    private volatile boolean frozen;

    private Machine(String namespace, String name, int number, String bridge, Process holder) {
        this.namespace = namespace;
        this.name = name;
        this.number = number;
        this.bridge = bridge;
        this.holder = holder;
    }

    static Machine make(String network, String name, int number, String bridge) {
        String namespace = network + "-" + name;
        Command.run("ip", "netns", "add", namespace);
        try {
            return connect(namespace, name, number, bridge);
        } catch (RuntimeException e) {
            MachineNetwork.remove(namespace);
            throw e;
        }
    }

    private static Machine connect(String namespace, String name, int number, String bridge) {
        Command.run(
                "ip", "-n", bridge, "link", "add", "name", name, "type", "veth", "peer", "name",
                "eth0", "netns", namespace);
        Command.run("ip", "-n", bridge, "link", "set", "dev", name, "master", "br0", "up");
        Command.run("ip", "-n", namespace, "link", "set", "lo", "up");
        Machine machine = new Machine(namespace, name, number, bridge, holder(namespace));
        machine.powerOn();
        return machine;
    }

    /** Keeps the mount namespace; "unshare" becomes "sleep", so its number is the one we know. */
    private static Process holder(String namespace) {
        try {
            Process holder =
                    new ProcessBuilder(
                                    "ip",
                                    "netns",
                                    "exec",
                                    namespace,
                                    "unshare",
                                    "--mount",
                                    "sh",
                                    "-c",
                                    "echo ready; exec sleep infinity")
                            .redirectErrorStream(true)
                            .start();
            if (holder.getInputStream().read() != 'r') {
                throw new IllegalStateException("the machine " + namespace + " does not start");
            }
            return holder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return name;
    }

    /** Its own IPv4 address. */
    public String address() {
        return "10.77.0." + number;
    }

    /** Its own IPv6 address. */
    public String address6() {
        return "fd77::" + Integer.toHexString(number);
    }

    /** The address of its interface {@code eth0}, as {@code ip link} writes it. */
    public String mac() {
        return runIn("cat", "/sys/class/net/eth0/address").strip();
    }

    /** Runs {@code ip} with these arguments on the machine. */
    public String ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
        command.addAll(List.of(arguments));
        return Command.run(command.toArray(String[]::new));
    }

    /** Runs a short program to its end and gives what it printed. */
    public String runIn(String... command) {
        return Command.run(inside(List.of(command)).toArray(String[]::new));
    }

    /** Whether the address is on the interface {@code eth0}. */
    public boolean has(String address) {
        return ip("-o", "addr", "show", "dev", "eth0").contains(" " + address + "/");
    }

    /**
     * Runs something of this process on the machine's network, in a thread of its own: so do the
     * threads that it starts and the sockets that are opened in them.
     */
    public <T> T call(Callable<T> task) throws Exception {
        return NetworkThread.call(namespace, task);
    }

    /** Starts a program as root; what it prints goes into {@code log}. */
    public MachineProcess start(Path log, List<String> command) {
        return started(MachineProcess.start(inside(command), log));
    }

    /** Starts a program as another user of the host, without root's rights. */
    public MachineProcess startAs(String user, Path log, List<String> command) {
        List<String> switched =
                new ArrayList<>(
                        List.of(
                                "setpriv",
                                "--reuid=" + user,
                                "--regid=" + Command.run("id", "-g", user).strip(),
                                "--init-groups",
                                "--inh-caps=-all",
                                "--"));
        switched.addAll(command);
        return started(MachineProcess.start(inside(switched), log));
    }

    /**
     * Mounts a disk of that size over a directory, for programs of this machine only. Its files are
     * reached through {@link #disk}.
     */
    public void mountDisk(Path directory, int megabytes) {
        runIn("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "disk", "" + directory);
    }

    /** Where this test finds what the machine sees under that path. */
    public Path disk(Path path) {
        return Path.of("/proc/" + holder.pid() + "/root" + path.toAbsolutePath());
    }

    /** Fills the disk that the directory is on, up to the last byte. */
    public void fillDisk(Path directory) {
        Command.attempt(
                "",
                inside(List.of("dd", "if=/dev/zero", "of=" + directory + "/filling", "bs=64k")));
    }

    /** Gives back what {@link #fillDisk} took. */
    public void freeDisk(Path directory) {
        runIn("rm", "-f", directory + "/filling");
    }

    /** The machine that answers for an address when this one asks its neighbours; empty: nobody. */
    public Optional<String> whoHas(String address) {
        ip("neigh", "flush", "dev", "eth0");
        Command.attempt("", inside(List.of("ping", "-c1", "-W1", address)));
        return ip("neigh", "show", "dev", "eth0")
                .lines()
                .map(line -> line.strip().split(" +"))
                .filter(words -> words[0].equals(address) && words.length > 2)
                .filter(words -> words[1].equals("lladdr"))
                .map(words -> words[2])
                .findFirst();
    }

    /** What this machine remembers, without asking anybody. */
    public String neighbours() {
        return ip("neigh", "show", "dev", "eth0");
    }

    /** Whether it was not switched off. */
    public boolean hasPower() {
        return powered;
    }

    /** Loses its power: everything that runs on it is killed at once, addresses are gone. */
    public void powerOff() {
        powered = false;
        Command.run("sh", "-c", powerOffScript());
    }

    /** What {@link #powerOff} does, as a program for a shell that runs as root on any machine. */
    public String powerOffScript() {
        return """
        ip -n %1$s link set eth0 down
        ip -n %1$s addr flush dev eth0
        for process in $(ip netns pids %1$s); do
            [ $process = %2$d ] || kill -KILL $process 2>/dev/null || true
        done
        """
                .formatted(namespace, holder.pid());
    }

    /** Everything that runs on it stands still from now on, and does not know it. */
    public void freeze() {
        signal("STOP");
        frozen = true;
    }

    /** Goes on, if it stands still. */
    public void thaw() {
        if (frozen) {
            signal("CONT");
            frozen = false;
        }
    }

    private void signal(String signal) {
        Command.run(
                "sh",
                "-c",
                """
                for process in $(ip netns pids %1$s); do
                    [ $process = %2$d ] || kill -%3$s $process 2>/dev/null || true
                done
                """
                        .formatted(namespace, holder.pid(), signal));
    }

    /** Its network namespace. */
    String namespace() {
        return namespace;
    }

    /** Has power again: its interface and its own addresses are there, nothing runs. */
    public void powerOn() {
        powered = true;
        ip("link", "set", "eth0", "up");
        ip("addr", "add", address() + "/24", "dev", "eth0");
        ip("addr", "add", address6() + "/64", "dev", "eth0", "nodad");
        awaitPort();
    }

    /** The switch sees after up to a second that a port has a machine. */
    private void awaitPort() {
        for (int tries = 0; tries < 500; tries++) {
            String port =
                    Command.run(
                            "ip", "netns", "exec", bridge, "bridge", "link", "show", "dev", name);
            if (port.contains("state forwarding")) {
                return;
            }
            pause();
        }
        throw new IllegalStateException("the switch does not see machine " + name);
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        started.forEach(MachineProcess::kill);
        holder.destroyForcibly();
        MachineNetwork.remove(namespace);
    }

    private MachineProcess started(MachineProcess process) {
        started.add(process);
        return process;
    }

    private List<String> inside(List<String> command) {
        List<String> whole =
                new ArrayList<>(
                        List.of(
                                "nsenter",
                                "--net",
                                "--mount",
                                "--wd=" + Path.of("").toAbsolutePath(),
                                "-t",
                                "" + holder.pid(),
                                "--"));
        whole.addAll(command);
        return whole;
    }
}
