package io.shoestring;

import io.shoestring.base.Clock;
import io.shoestring.cli.Cli;
import io.shoestring.cli.Console;
import io.shoestring.cli.InitCommand;
import io.shoestring.cli.JoinCommand;
import io.shoestring.cli.TokenCommand;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.Endpoint;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Operations;
import io.shoestring.sandbox.NodeRunner;
import io.shoestring.sandbox.ProcessLog;
import io.shoestring.sandbox.SandboxCommand;
import io.shoestring.sandbox.bench.BenchCommand;
import io.shoestring.sandbox.demo.DemoCommand;
import io.shoestring.sandbox.fault.FaultCommand;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The program's entry: the commands, and how a node is made for those that run one. */
public final class Main {
    private Main() {}

    /** Runs the command that the arguments name and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(commands(Console.system()).execute(arguments));
    }

    /** All of them. */
    static Cli commands(Console console) {
        var commands =
                List.of(
                        new RunCommand(),
                        new AdoptCommand(console),
                        new InitCommand(console),
                        new TokenCommand(console),
                        new JoinCommand(console),
                        new SandboxCommand(Main::runNode, ProcessLog::to, Clock.onDemand()),
                        new DemoCommand(Main::runNode, ProcessLog::to, Clock.onDemand()),
                        new FaultCommand(Clock.onDemand()),
                        new BenchCommand(Clock.onDemand()));
        return new Cli(console, Version.text(), commands);
    }

    static NodeRunner.RunningNode runNode(Path configFile) throws Exception {
        ShoestringConfig config = RunCommand.read(configFile);
        return new Running(
                NodeProcess.start(config, RunCommand.nodeOf(config, Optional.empty()), configFile));
    }

    /** A node in this process, for a sandbox. */
    record Running(NodeProcess process) implements NodeRunner.RunningNode {
        @Override
        public Operations operations() {
            return process.operations();
        }

        @Override
        public Events events() {
            return process.events();
        }

        @Override
        public Endpoint listener() {
            return process.listeners().getFirst();
        }

        @Override
        public Endpoint admin() {
            return process.admin();
        }

        @Override
        public void close() {
            process.close();
        }
    }
}
