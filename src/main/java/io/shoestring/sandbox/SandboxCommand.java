package io.shoestring.sandbox;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Reads;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** {@code shoestring sandbox}: a cluster to try things on, gone when it ends. */
@Command(
        name = "sandbox",
        mixinStandardHelpOptions = true,
        description = {
            "A real replicated cluster on this machine, for trials.",
            "It stays until it is interrupted, and then leaves nothing behind."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring sandbox postgresql --keep",
            "  shoestring sandbox mariadb --replicas 2 --seconds 60 --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it has ended",
            "2:the command was not understood",
            "3:the sandbox could not be made"
        })
public final class SandboxCommand implements Callable<Integer> {
    /** The exit code when the sandbox could not be made. */
    public static final int NOT_POSSIBLE = 3;

    private final NodeRunner runner;
    private final Consumer<Path> logTo;
    private final Clock clock;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "ENGINE",
            arity = "0..1",
            defaultValue = "postgresql",
            description = "Which servers: postgresql or mariadb. Default: ${DEFAULT-VALUE}.")
    private String engine = "postgresql";

    @Mixin private Placement placement = new Placement();

    @Option(
            names = "--replicas",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many replicas, 0 to 8. Default: ${DEFAULT-VALUE}.")
    private int replicas = 1;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Ends after N seconds instead of staying until it is interrupted.")
    private long seconds = Long.MAX_VALUE / 1_000_000_000L;

    @Option(names = "--json", description = "Prints one line for programs once everything serves.")
    private boolean json;

    @Option(
            names = "--reads",
            paramLabel = "WHERE",
            defaultValue = "replicas",
            description =
                    "Where the listener sends reads: replicas or primary. Default:"
                            + " ${DEFAULT-VALUE}.")
    private String reads = "replicas";

    @Option(
            names = "--pool",
            paramLabel = "MODE",
            defaultValue = "session",
            description =
                    "How long a client has a server connection: session or transaction. Default:"
                            + " ${DEFAULT-VALUE}.")
    private String pool = "session";

    @Option(names = "--keep", description = "Leaves the directory behind at the end.")
    private boolean keep;

    /**
     * @param logTo is told the file that this process's log shall go to: {@link ProcessLog#to}
     */
    public SandboxCommand(NodeRunner runner, Consumer<Path> logTo, Clock clock) {
        this.runner = runner;
        this.logTo = logTo;
        this.clock = clock;
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        SandboxOptions options = options();
        Surroundings surroundings =
                new Surroundings(runner, line -> tell(err, "sandbox: " + line), logTo, clock);
        try (Sandbox sandbox = Sandbox.start(options, surroundings)) {
            ConnectionSheet sheet = sandbox.sheet();
            tell(out, json ? sheet.json() : sheet.text());
            if (!json) {
                tell(err, "sandbox: it is yours until you press Ctrl-C");
            }
            // Never counted down: the time runs out, or a signal ends the process, whose hook
            // then takes the sandbox down.
            boolean never = new CountDownLatch(1).await(seconds, TimeUnit.SECONDS);
            return never ? 1 : 0;
        } catch (SandboxException e) {
            tell(err, "sandbox: " + e.getMessage());
            return NOT_POSSIBLE;
        }
    }

    private SandboxOptions options() {
        SandboxOptions pair = placement.pair();
        try {
            return new SandboxOptions(
                    engine(spec, engine),
                    pair.listen(),
                    replicas,
                    keep,
                    where(),
                    mode(),
                    pair.parent());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--replicas: " + e.getMessage(), e);
        }
    }

    /** The engine of that name. */
    public static Engine engine(CommandSpec spec, String name) {
        return switch (name) {
            case "postgresql" -> Engine.POSTGRESQL;
            case "mariadb" -> Engine.MARIADB;
            default ->
                    throw new ParameterException(
                            spec.commandLine(),
                            "There is no sandbox for '"
                                    + name
                                    + "'; there is one for postgresql and one for mariadb.");
        };
    }

    private Reads where() {
        return switch (reads) {
            case "replicas" -> Reads.REPLICAS;
            case "primary" -> Reads.PRIMARY;
            default ->
                    throw new ParameterException(
                            spec.commandLine(),
                            "--reads: '" + reads + "' is neither replicas nor primary.");
        };
    }

    private PoolConfig.Mode mode() {
        return switch (pool) {
            case "session" -> PoolConfig.Mode.SESSION;
            case "transaction" -> PoolConfig.Mode.TRANSACTION;
            default ->
                    throw new ParameterException(
                            spec.commandLine(),
                            "--pool: '" + pool + "' is neither session nor transaction.");
        };
    }

    private static void tell(PrintWriter writer, String text) {
        writer.println(text);
        writer.flush();
    }
}
