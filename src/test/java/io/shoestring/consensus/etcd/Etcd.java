package io.shoestring.consensus.etcd;

import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.shoestring.testing.FreePort;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A real etcd of one or more members on this machine. */
public final class Etcd {
    private final Path directory;
    private final List<String> more;
    private final String scheme;
    private final Map<String, Member> members = new LinkedHashMap<>();

    private record Member(int clientPort, int peerPort, Optional<Process> process) {}

    private Etcd(Path directory, String scheme, List<String> more) {
        this.directory = directory;
        this.scheme = scheme;
        this.more = more;
    }

    public static Etcd start(Path directory, int count) throws Exception {
        return start(directory, count, "http", List.of());
    }

    /** With certificates for its clients ({@code https}), as {@code more} options say. */
    public static Etcd start(Path directory, int count, String scheme, List<String> more)
            throws Exception {
        Etcd etcd = new Etcd(directory, scheme, more);
        for (int i = 0; i < count; i++) {
            etcd.members.put(
                    "e" + i, new Member(FreePort.find(), FreePort.find(), Optional.empty()));
        }
        for (String name : List.copyOf(etcd.members.keySet())) {
            etcd.start(name);
        }
        try {
            etcd.awaitPorts();
        } catch (RuntimeException e) {
            etcd.close();
            throw e;
        }
        return etcd;
    }

    private void awaitPorts() {
        await().atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> members.values().stream().allMatch(Etcd::accepts));
    }

    private static boolean accepts(Member member) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), member.clientPort())) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    public void start(String name) throws IOException {
        Member member = member(name);
        String client = scheme + "://127.0.0.1:" + member.clientPort();
        String peer = "http://127.0.0.1:" + member.peerPort();
        String cluster =
                members.entrySet().stream()
                        .map(
                                each ->
                                        each.getKey()
                                                + "=http://127.0.0.1:"
                                                + each.getValue().peerPort())
                        .collect(Collectors.joining(","));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "etcd",
                                "--name=" + name,
                                "--data-dir=" + directory.resolve(name),
                                "--listen-client-urls=" + client,
                                "--advertise-client-urls=" + client,
                                "--listen-peer-urls=" + peer,
                                "--initial-advertise-peer-urls=" + peer,
                                "--initial-cluster=" + cluster,
                                "--initial-cluster-token=" + directory,
                                "--heartbeat-interval=100",
                                "--election-timeout=1000"));
        command.addAll(more);
        Files.createDirectories(directory);
        File log = directory.resolve(name + ".log").toFile();
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                        .start();
        members.put(name, new Member(member.clientPort(), member.peerPort(), Optional.of(process)));
    }

    private Member member(String name) {
        return requireNonNull(members.get(name), name);
    }

    public List<URI> endpoints() {
        return members.values().stream()
                .map(each -> URI.create(scheme + "://127.0.0.1:" + each.clientPort()))
                .toList();
    }

    public int port(String name) {
        return member(name).clientPort();
    }

    public List<String> names() {
        return List.copyOf(members.keySet());
    }

    public Path data(String name) {
        return directory.resolve(name);
    }

    /** As {@code kill -9} does. */
    public void kill(String name) throws Exception {
        Process process = member(name).process().orElseThrow();
        process.destroyForcibly().waitFor();
    }

    public void signal(String name, String signal) throws Exception {
        long pid = member(name).process().orElseThrow().pid();
        new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
    }

    /** The member that leads. */
    public String leader() throws Exception {
        return await().atMost(Duration.ofSeconds(10))
                .ignoreExceptions()
                .until(this::leaderNow, Optional::isPresent)
                .orElseThrow();
    }

    private Optional<String> leaderNow() throws Exception {
        for (String name : names()) {
            var status = EtcdCalls.parse(post(name, "/v3/maintenance/status", "{}"));
            String self = status.path("header").path("member_id").asString("");
            if (self.equals(status.path("leader").asString("-"))) {
                return Optional.of(name);
            }
        }
        return Optional.empty();
    }

    /** What the member answers to a request of its JSON gateway. */
    public String post(String name, String path, String body) throws Exception {
        URI uri = URI.create(scheme + "://127.0.0.1:" + port(name) + path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(uri)
                                    .timeout(Duration.ofSeconds(3))
                                    .POST(HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    public void close() throws Exception {
        for (Member member : members.values()) {
            if (member.process().isPresent()) {
                member.process().get().destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            }
        }
    }
}
