package io.shoestring.sandbox.fault;

import io.shoestring.admin.api.Json;
import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.sandbox.Placement;
import io.shoestring.sandbox.SandboxCommand;
import io.shoestring.sandbox.SandboxException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code shoestring fault}: breaks machines of its own, and measures what was promised. */
@Command(
        name = "fault",
        mixinStandardHelpOptions = true,
        description = {
            "Make faults on three machines of its own (network namespaces; as root), under the load"
                    + " of a bank, and print what was promised and what came of it.",
            "'fault list' names them. Nothing outside these machines is touched."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring fault list",
            "  shoestring fault machine-loss machine-isolated",
            "  shoestring fault server-crash --engine mariadb",
            "  shoestring fault --all --engine both --table docs/faults.md",
            "  shoestring fault life --programs /opt/postgresql-18/bin"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every promise was kept",
            "1:one was not",
            "2:the command was not understood",
            "3:the machines could not be made"
        })
public final class FaultCommand implements Callable<Integer> {
    private final Clock clock;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "NAME",
            arity = "0..*",
            description = "Which faults, in this order; 'list' lists them.")
    private List<String> names = List.of();

    @Option(
            names = "--all",
            description = "All of them; takes about twenty minutes for each engine.")
    private boolean all;

    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            defaultValue = "postgresql",
            description =
                    "With which servers: postgresql, mariadb, or both, one after the other."
                            + " Default: ${DEFAULT-VALUE}.")
    private String engine = "postgresql";

    @Option(
            names = "--programs",
            paramLabel = "DIR",
            description =
                    "The directory of PostgreSQL's programs: postgres, initdb, pg_ctl and what else"
                            + " is there. Default: the newest version that is installed.")
    private Optional<Path> programs = Optional.empty();

    @Option(
            names = "--times",
            paramLabel = "N",
            defaultValue = "1",
            description = "How often each. Default: ${DEFAULT-VALUE}.")
    private int times = 1;

    @Option(
            names = "--json",
            description = "Print one JSON object for each fault, and nothing else.")
    private boolean json;

    @Option(
            names = "--table",
            paramLabel = "FILE",
            description = "Write the results as a table (Markdown) into FILE, too.")
    private Optional<Path> table = Optional.empty();

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description =
                    "Where the machines' files are meanwhile. Default: in memory where 4 GB are"
                            + " free, else the temporary directory.")
    private Optional<Path> directory = Optional.empty();

    /** The command; {@code clock} measures. */
    public FaultCommand(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (names.equals(List.of("list"))) {
            Scenarios.all().forEach(this::list);
            Scenarios.campaigns().forEach(this::list);
            return 0;
        }
        List<Scenario> wanted = wanted();
        List<FaultResult> results = new ArrayList<>();
        try {
            for (Engine each : engines()) {
                playAll(each, wanted, results);
            }
            write(results);
        } catch (SandboxException | IOException e) {
            err("fault: " + e.getMessage());
            return SandboxCommand.NOT_POSSIBLE;
        }
        long broken = results.stream().filter(result -> !result.kept()).count();
        if (!json) {
            out(results.size() - broken + " of " + results.size() + " promises were kept.");
        }
        return broken == 0 ? 0 : 1;
    }

    private List<Scenario> wanted() {
        List<Scenario> once = new ArrayList<>();
        if (all) {
            once.addAll(Scenarios.all());
        }
        for (String name : names) {
            once.add(
                    Scenarios.find(name)
                            .orElseThrow(
                                    () ->
                                            new ParameterException(
                                                    spec.commandLine(),
                                                    "There is no fault '"
                                                            + name
                                                            + "'; 'shoestring fault list' names"
                                                            + " them.")));
        }
        if (once.isEmpty() || times < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Say which faults, or --all; 'shoestring fault list' names them.");
        }
        List<Scenario> wanted = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            wanted.addAll(once);
        }
        return wanted;
    }

    private List<Engine> engines() {
        return switch (engine) {
            case "postgresql" -> List.of(Engine.POSTGRESQL);
            case "mariadb" -> List.of(Engine.MARIADB);
            case "both" -> List.of(Engine.values());
            default ->
                    throw new ParameterException(
                            spec.commandLine(),
                            "--engine: '" + engine + "' is none of postgresql, mariadb and both.");
        };
    }

    private void playAll(Engine with, List<Scenario> wanted, List<FaultResult> results)
            throws SandboxException, InterruptedException {
        StageEngine servers = StageEngine.of(with, programs.map(Path::toAbsolutePath));
        StageRun run = new StageRun(servers, Placement.parent(directory), clock, this::progress);
        try (run) {
            for (Scenario scenario : wanted) {
                progress(scenario.name() + ": " + scenario.what());
                FaultResult result = run.play(scenario);
                results.add(result);
                tell(result);
            }
        }
    }

    private void write(List<FaultResult> results) throws IOException {
        if (table.isPresent()) {
            Files.writeString(table.get(), FaultTable.of(results));
        }
    }

    private void tell(FaultResult result) {
        if (json) {
            out(Json.write(result));
            return;
        }
        out(
                "  %s  writes back after %,d ms%s; %s"
                        .formatted(
                                result.kept() ? "kept  " : "BROKEN",
                                result.writerBackMs(),
                                result.fenceMs().isPresent()
                                        ? ", old primary refused after "
                                                + result.fenceMs().getAsLong()
                                                + " ms"
                                        : "",
                                result.note()));
    }

    private void list(Scenario scenario) {
        out("%-22s %s".formatted(scenario.name(), scenario.what()));
        out("%-22s %s".formatted("", scenario.promise()));
    }

    private void progress(String sentence) {
        if (!json) {
            out(sentence);
        } else {
            err(sentence);
        }
    }

    private void out(String line) {
        print(spec.commandLine().getOut(), line);
    }

    private void err(String line) {
        print(spec.commandLine().getErr(), line);
    }

    private static void print(PrintWriter writer, String line) {
        writer.println(line);
        writer.flush();
    }
}
