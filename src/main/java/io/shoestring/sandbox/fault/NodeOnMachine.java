package io.shoestring.sandbox.fault;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.EventList;
import io.shoestring.admin.api.Json;
import io.shoestring.admin.api.SwitchoverRequest;
import io.shoestring.model.ClusterStatus;
import io.shoestring.sandbox.machines.Machine;
import io.shoestring.sandbox.machines.MachineProcess;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** This same program, as a node's process on a machine and as an operator's command there. */
final class NodeOnMachine {
    private static final int ADMIN_PORT = 6480;
    private static final int PATIENCE_MILLIS = 3_000;
    private static final String MAIN = "io.shoestring.Main";

    /** How {@code ./shoestring} starts a node; a test holds them equal. */
    static final List<String> LAUNCHER_OPTIONS =
            List.of(
                    "-XX:+UseSerialGC",
                    "-Xms16m",
                    "-Xmn8m",
                    "-Xmx512m",
                    "-XX:+UseCompactObjectHeaders",
                    "-XX:TrimNativeHeapInterval=5000",
                    "-XX:+UnlockDiagnosticVMOptions",
                    "-XX:ArchiveRelocationMode=0",
                    "-Dio.netty.leakDetection.level=disabled",
                    "-Dorg.apache.ratis.thirdparty.io.netty.allocator.maxOrder=4",
                    "-Dorg.apache.ratis.thirdparty.io.netty.allocator.numDirectArenas=1",
                    "-Dorg.apache.ratis.thirdparty.io.netty.allocator.numHeapArenas=1");

    private final Machine machine;
    private final StageFiles files;
    private @Nullable MachineProcess process;
    private boolean frozen;

    NodeOnMachine(Machine machine, StageFiles files) {
        this.machine = machine;
        this.files = files;
    }

    Machine machine() {
        return machine;
    }

    String name() {
        return machine.name();
    }

    /** Starts the node unless it runs. */
    void start() {
        if (!isRunning()) {
            frozen = false;
            process = machine.start(files.log(name()), command("run", "--node", name()));
        }
    }

    boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** SIGKILL; the database server goes on. */
    void kill() {
        if (process != null) {
            process.kill();
        }
    }

    /** SIGTERM; the database server goes on for now. */
    void end() {
        if (process != null) {
            process.end();
        }
    }

    /** SIGSTOP: it does nothing any more, and does not know it. */
    void freeze() {
        if (process != null) {
            process.stop();
            frozen = true;
        }
    }

    void thaw() {
        if (process != null && frozen && process.isAlive()) {
            process.resume();
        }
        frozen = false;
    }

    /**
     * What a command prints on that machine.
     *
     * @throws IllegalStateException with what it printed, if it failed
     */
    String run(String... arguments) {
        return machine.runIn(command(arguments).toArray(String[]::new));
    }

    /** The cluster as this node tells it; empty if it does not answer. */
    Optional<ClusterStatus> status() {
        try {
            String answer = machine.call(() -> ask("GET /api/v1/status"));
            return Optional.of(Json.read(answer, ClusterStatus.class));
        } catch (Exception e) {
            return Optional.empty();
        }
    }

    /** What it noted after that number; empty if it does not answer. */
    Optional<EventList> events(long after) {
        try {
            String answer = machine.call(() -> ask("GET /api/v1/events?limit=1000&after=" + after));
            return Optional.of(Json.read(answer, EventList.class));
        } catch (Exception e) {
            return Optional.empty();
        }
    }

    /** Asks for a switchover, and gives the node's answer. */
    CommandReply switchover(String database, Optional<String> to) {
        try {
            String path = "/api/v1/databases/" + database + "/switchover";
            String body = Json.write(new SwitchoverRequest(to));
            String answer = machine.call(() -> ask("POST " + path, body));
            return Json.read(answer, CommandReply.class);
        } catch (Exception e) {
            return new CommandReply(false, e.toString(), "");
        }
    }

    private String ask(String request) throws IOException {
        return ask(request, "");
    }

    private String ask(String request, String body) throws IOException {
        String token = Files.readString(files.token(name())).strip();
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), ADMIN_PORT),
                    PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream()
                    .write(
                            """
                            %s HTTP/1.1\r
                            Host: 127.0.0.1:%d\r
                            Authorization: Bearer %s\r
                            Connection: close\r
                            Content-Type: application/json\r
                            Content-Length: %d\r
                            \r
                            %s\
                            """
                                    .formatted(request, ADMIN_PORT, token, body.length(), body)
                                    .getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return answer.substring(answer.indexOf("\r\n\r\n") + 4);
        }
    }

    private List<String> command(String... arguments) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                // What it warns of would stand on standard output, in a token.
                                "-Xlog:disable",
                                "-Xlog:all=error,aot*=off,cds*=off:stderr",
                                // Several nodes share the processors of one computer.
                                "-XX:TieredStopAtLevel=1"));
        command.addAll(LAUNCHER_OPTIONS);
        command.addAll(cacheOfClasses());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
        command.add(arguments[0]);
        command.add("-c");
        command.add(files.config(name()).toString());
        command.addAll(List.of(arguments).subList(1, arguments.length));
        return command;
    }

    /** The one that this process was started with, if there is one: it halves a start. */
    private static List<String> cacheOfClasses() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("-XX:AOTCache="))
                .toList();
    }
}
