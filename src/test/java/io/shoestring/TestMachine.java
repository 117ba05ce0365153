package io.shoestring;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.cli.Cli;
import io.shoestring.cli.Console;
import io.shoestring.cli.InitCommand;
import io.shoestring.cli.JoinCommand;
import io.shoestring.cli.TokenCommand;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.NodeName;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** A directory that stands for one machine, and a person's shell in it. */
final class TestMachine {
    final Path directory;
    final Path file;
    String out = "";
    String err = "";
    Duration clockAhead = Duration.ZERO;

    TestMachine(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.file = directory.resolve("shoestring.yaml");
    }

    /** Two nodes on addresses of this machine of their own, with the same port. */
    TestMachine with(String cluster, int port) throws IOException {
        Files.writeString(
                file,
                """
                cluster:
                  name: %s
                  nodes:
                    db0: 127.0.0.1
                    db1: 127.0.0.2
                  port: %d
                  directory: state
                databases:
                  shop:
                    engine: postgresql
                    superuser: { password-file: shop.password }
                    members:
                      db0: { data: data, port: 5432 }
                      db1: { data: data, port: 5432 }
                """
                        .formatted(cluster, port));
        return this;
    }

    int run(String... arguments) {
        StringWriter printed = new StringWriter();
        StringWriter complained = new StringWriter();
        WallClock clock = () -> WallClock.system().now().plus(clockAhead);
        Console console =
                new Console(
                        new PrintWriter(printed),
                        new PrintWriter(complained),
                        false,
                        Map.of(),
                        directory,
                        Clock.system(),
                        clock,
                        ZoneOffset.UTC);
        var commands =
                List.of(
                        new InitCommand(console),
                        new TokenCommand(console),
                        new JoinCommand(console));
        int code = new Cli(console, "0.1.0", commands).execute(arguments);
        out = printed.toString();
        err = complained.toString().strip();
        return code;
    }

    /** A token of this machine, made at another time. */
    String token(Duration ago) {
        clockAhead = ago.negated();
        run("token");
        clockAhead = Duration.ZERO;
        return out.lines().findFirst().orElseThrow();
    }

    ShoestringConfig config() {
        if (ConfigReader.read(file) instanceof ConfigReader.Sound(var config)) {
            return config;
        }
        throw new IllegalStateException(file + " is broken");
    }

    ClusterMembership start(String node) throws IOException {
        return ClusterMembership.start(config(), new NodeName(node), file).orElseThrow();
    }
}
