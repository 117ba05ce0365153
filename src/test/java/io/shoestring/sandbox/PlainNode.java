package io.shoestring.sandbox;

import io.shoestring.base.Published.Subscription;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberStatus;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Operations;

import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A node without Shoestring: it starts the primary, clones the replicas by PostgreSQL's own
 * programs, and gives the primary's own address as the listener. It decides nothing.
 */
final class PlainNode implements NodeRunner.RunningNode {
    private final Map<?, ?> configuration;
    private final Map<?, ?> database;

    PlainNode(Path configFile) throws Exception {
        configuration =
                (Map<?, ?>)
                        new Load(LoadSettings.builder().build())
                                .loadFromString(Files.readString(configFile));
        database = (Map<?, ?>) at(configuration, "databases", "app");
        Files.writeString(Path.of(text(configuration, "admin", "token-file")), "a-token\n");
        startServer("a");
        for (String member : names()) {
            if (!member.equals("a")) {
                clone(member, "a");
                startServer(member);
            }
        }
    }

    void startServer(String member) throws Exception {
        int tries = 0;
        while (run(
                        "pg_ctl",
                        "-D",
                        data(member).toString(),
                        "-w",
                        "-l",
                        data(member) + ".log",
                        "start")
                != 0) {
            // Backends of a killed postmaster need a moment to notice.
            if (++tries == 50) {
                throw new IOException(member + " does not start");
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    String superuserPassword() throws IOException {
        return Files.readString(Path.of(text(database, "superuser", "password-file"))).strip();
    }

    void promote(String member) throws Exception {
        run("pg_ctl", "-D", data(member).toString(), "-w", "promote");
    }

    void stop(String member) throws Exception {
        run("pg_ctl", "-D", data(member).toString(), "-w", "-m", "fast", "stop");
    }

    void clear(String member) throws Exception {
        run("rm", "-r", data(member).toString());
    }

    boolean isRunning(String member) throws Exception {
        return run("pg_ctl", "-D", data(member).toString(), "status") == 0;
    }

    void clone(String member, String from) throws Exception {
        String source =
                "host=127.0.0.1 port=%d user=postgres password=%s application_name=%s"
                        .formatted(endpoint(from).port(), superuserPassword(), member);
        Path data = data(member);
        if (run("pg_basebackup", "-R", "-c", "fast", "-D", data.toString(), "-d", source) != 0) {
            throw new IOException("cannot clone " + member);
        }
        run(
                "sh",
                "-c",
                "echo port=" + endpoint(member).port() + " >> " + data + "/postgresql.conf");
    }

    int run(String program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(
                    List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"));
        }
        command.add(
                program.startsWith("pg_") ? text(database, "programs") + "/" + program : program);
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .directory(Path.of("/").toFile())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return -1;
        }
        return process.exitValue();
    }

    List<String> names() {
        return ((Map<?, ?>) at(database, "members"))
                .keySet().stream().map(String::valueOf).toList();
    }

    private Path data(String member) {
        return Path.of(text(database, "members", member, "data"));
    }

    Endpoint endpoint(String member) {
        return new Endpoint(
                "127.0.0.1", Integer.parseInt(text(database, "members", member, "port")));
    }

    private static Object at(Map<?, ?> map, String... path) {
        Object found = map;
        for (String key : path) {
            found = java.util.Objects.requireNonNull(((Map<?, ?>) found).get(key), key);
        }
        return found;
    }

    private static String text(Map<?, ?> map, String... path) {
        return String.valueOf(at(map, path));
    }

    @Override
    public Operations operations() {
        return new Operations() {
            @Override
            public ClusterStatus status() {
                return PlainNode.this.status();
            }

            @Override
            public Reply switchover(DatabaseName name, Optional<MemberName> to) {
                return new Reply(false, "This node decides nothing.", "");
            }

            @Override
            public Reply pause(DatabaseName name, boolean paused) {
                return new Reply(false, "This node decides nothing.", "");
            }

            @Override
            public Reply offline(DatabaseName database, MemberName member, boolean offline) {
                return new Reply(false, "nobody is taken offline here", "");
            }
        };
    }

    private ClusterStatus status() {
        return status("a");
    }

    ClusterStatus status(String primary) {
        List<MemberStatus> members =
                names().stream()
                        .map(
                                name ->
                                        new MemberStatus(
                                                name,
                                                "local",
                                                endpoint(name).toString(),
                                                name.equals(primary) ? "primary" : "replica",
                                                "",
                                                "",
                                                OptionalLong.empty(),
                                                true,
                                                Optional.empty()))
                        .toList();
        DatabaseStatus status =
                new DatabaseStatus(
                        "app",
                        "performance",
                        1,
                        Optional.of(primary),
                        "It runs.",
                        "",
                        true,
                        false,
                        Optional.empty(),
                        members);
        return new ClusterStatus(
                "sandbox", "local", "test", 1, List.of(status), List.of(), List.of());
    }

    @Override
    public Events events() {
        return new Events() {
            @Override
            public Event add(
                    Event.Severity severity,
                    Optional<String> name,
                    long epoch,
                    String text,
                    Event.Part part) {
                return new Event(1, Instant.EPOCH, severity, name, epoch, text);
            }

            @Override
            public List<Event> since(long after, int limit) {
                return List.of();
            }

            @Override
            public Subscription subscribe(Consumer<Event> subscriber) {
                return () -> {};
            }
        };
    }

    @Override
    public Endpoint listener() {
        return endpoint("a");
    }

    Endpoint configuredListener() {
        String bind = text(configuration, "listeners", "sql", "bind");
        return new Endpoint("127.0.0.1", Integer.parseInt(bind.split(":", 2)[1]));
    }

    @Override
    public Endpoint admin() {
        String bind = text(configuration, "admin", "bind");
        return new Endpoint("127.0.0.1", Integer.parseInt(bind.split(":", 2)[1]));
    }

    @Override
    public void close() {
        // The sandbox stops the servers.
    }
}
