package io.shoestring.sandbox.demo;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.sandbox.NodeRunner;
import io.shoestring.sandbox.Placement;
import io.shoestring.sandbox.Sandbox;
import io.shoestring.sandbox.SandboxCommand;
import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.Surroundings;
import io.shoestring.sandbox.demo.DemoReport.Moment;
import io.shoestring.sandbox.demo.Picture.Symbols;
import io.shoestring.sandbox.demo.Story.Ending;
import io.shoestring.sandbox.demo.Story.Plan;
import io.shoestring.sandbox.machines.MachineNetwork;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** {@code shoestring demo}: the whole story on machines of its own, with a report. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "The whole story: a bank on two database servers, its primary killed, a machine lost,"
                    + " a wire cut, a switchover.",
            "Ends with 0 only if nothing was lost, nothing ran twice, and the money adds up."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring demo",
            "  shoestring demo --engine mariadb --machines 1 --kills 10",
            "  shoestring demo --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing was lost, nothing ran twice, and the money adds up",
            "1:it was not so",
            "2:the command was not understood",
            "3:the servers could not be made"
        })
public final class DemoCommand implements Callable<Integer> {
    private static final int ONE = 1;
    private static final int THREE = 3;
    private static final int SECONDS_LEAST = 10;
    private static final int SECONDS_MOST = 3_600;
    private static final int RATE_MOST = 5_000;
    private static final int KILLS_MOST = 1_000;

    private final NodeRunner runner;
    private final Consumer<Path> logTo;
    private final Clock clock;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private Placement placement = new Placement();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "40",
            description = "How long the bank works, 10 to 3600. Default: ${DEFAULT-VALUE}.")
    private int seconds = 40;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "400",
            description = "Transfers per second, 1 to 5000. Default: ${DEFAULT-VALUE}.")
    private int rate = 400;

    @Option(
            names = "--machines",
            paramLabel = "N",
            description = {
                "1: one node on this machine, which --listen is for: only the primary is killed.",
                "3: a node's process on each of three machines (network namespaces; as root),"
                        + " of which one is lost too, and a wire is cut.",
                "Default: 3 where machines can be made, else 1; with --listen 1."
            })
    private Optional<Integer> machines = Optional.empty();

    @Option(
            names = "--kills",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "How often the primary is killed, 1 to 1000; each time it is waited until two"
                            + " servers have every commit. Default: ${DEFAULT-VALUE}.")
    private int kills = 1;

    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            defaultValue = "postgresql",
            description = "Which servers: postgresql or mariadb. Default: ${DEFAULT-VALUE}.")
    private String engine = "postgresql";

    @Option(names = "--json", description = "Prints one object for programs, and nothing else.")
    private boolean json;

    /**
     * @param logTo is told the file that this process's log shall go to: {@link
     *     io.shoestring.sandbox.ProcessLog#to}
     */
    public DemoCommand(NodeRunner runner, Consumer<Path> logTo, Clock clock) {
        this.runner = runner;
        this.logTo = logTo;
        this.clock = clock;
    }

    @Override
    public Integer call() throws InterruptedException {
        check("--seconds", seconds, SECONDS_LEAST, SECONDS_MOST);
        check("--rate", rate, 1, RATE_MOST);
        check("--kills", kills, 1, KILLS_MOST);
        machines.ifPresent(this::checkMachines);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter story = json ? spec.commandLine().getErr() : out;
        tell(story, List.of("A bank, two database servers, one address, and accidents.", ""));
        try (Scene scene = scene(line -> tell(story, List.of("            " + line)))) {
            Ending ending = Story.play(scene, new Plan(seconds, rate, kills), clock, teller(story));
            tell(
                    out,
                    json ? List.of(ending.report().json()) : new Telling(symbols()).ending(ending));
            if (ending.report().good()) {
                return 0;
            }
            tell(
                    spec.commandLine().getErr(),
                    List.of("demo: not everything went well; the log is " + scene.rescueLog()));
            return 1;
        } catch (SandboxException | SQLException e) {
            tell(spec.commandLine().getErr(), List.of("demo: " + e.getMessage()));
            return SandboxCommand.NOT_POSSIBLE;
        }
    }

    private Scene scene(Consumer<String> progress) throws SandboxException, InterruptedException {
        Engine wanted = SandboxCommand.engine(spec, engine);
        if (machines.orElseGet(() -> machinesHere(progress)) == THREE) {
            return MachinesScene.build(wanted, placement.parent(), clock, progress);
        }
        return new SandboxScene(
                Sandbox.start(
                        placement.pair().with(wanted),
                        new Surroundings(runner, progress, logTo, clock)));
    }

    /** As many as it can be, unless somebody wants to connect to the one node. */
    private int machinesHere(Consumer<String> progress) {
        if (spec.commandLine().getParseResult().hasMatchedOption("--listen")) {
            return ONE;
        }
        Optional<String> obstacle = MachineNetwork.obstacle();
        obstacle.ifPresent(why -> progress.accept("one node on this machine, not three: " + why));
        return obstacle.isPresent() ? ONE : THREE;
    }

    private static Consumer<Moment> teller(PrintWriter story) {
        return moment -> tell(story, Telling.moment(moment));
    }

    private static Symbols symbols() {
        return System.out.charset().equals(StandardCharsets.UTF_8) ? Symbols.BLOCKS : Symbols.ASCII;
    }

    private void checkMachines(int wanted) {
        if (wanted != ONE && wanted != THREE) {
            throw new ParameterException(
                    spec.commandLine(), "--machines is " + wanted + "; it is 1 or 3.");
        }
    }

    private void check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ParameterException(
                    spec.commandLine(),
                    option + " is " + value + "; it must be from " + least + " to " + most + ".");
        }
    }

    private static void tell(PrintWriter writer, List<String> lines) {
        lines.forEach(writer::println);
        writer.flush();
    }
}
