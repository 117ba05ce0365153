package io.shoestring.cli;

import static java.util.Objects.requireNonNull;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The command line {@code shoestring}. */
public final class Cli {
    private static final Logger LOG = LoggerFactory.getLogger(Cli.class);

    private final Console console;
    private final String version;
    private final List<Object> commands = new ArrayList<>();

    /**
     * Puts the commands together.
     *
     * @param version of the build
     * @param moreCommands picocli command objects that come before the others in the help: {@code
     *     run}, {@code sandbox}, {@code demo}. They may throw {@link CommandFailure}
     */
    public Cli(Console console, String version, List<?> moreCommands) {
        this.console = requireNonNull(console, "console is null");
        this.version = "shoestring " + version;
        commands.addAll(moreCommands);
        commands.addAll(
                List.of(
                        new CheckCommand(console),
                        new ImportCommand(console),
                        new DoctorCommand(console),
                        new ReplicationCommand(console),
                        new StatusCommand(console),
                        new WhyCommand(console),
                        new SwitchoverCommand(console),
                        new RestartCommand(console),
                        new FailoverCommand(console),
                        new PauseCommand(console),
                        new ResumeCommand(console),
                        new MemberCommand(console),
                        new AddressCommand(console),
                        new ServerCommand(console),
                        new ApplyCommand(console),
                        new TopCommand(console),
                        new SizesCommand(console),
                        new ChangesCommand(console),
                        new StatementsCommand(console),
                        new UrlsCommand(console),
                        new EventsCommand(console),
                        new PasswordCommand(console),
                        new CompletionCommand(console),
                        new ReferenceCommand(console),
                        new SchemaCommand(console),
                        new OpenApiCommand(console)));
    }

    /** What understands the arguments. */
    private CommandLine commandLine(List<Object> subcommands) {
        CommandLine commandLine = new CommandLine(new ShoestringCommand());
        subcommands.forEach(commandLine::addSubcommand);
        commandLine.getCommandSpec().version(version);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setOut(console.out());
        commandLine.setErr(console.err());
        commandLine.setColorScheme(
                Help.defaultColorScheme(console.style().on() ? Help.Ansi.ON : Help.Ansi.OFF));
        commandLine.setUsageHelpAutoWidth(false);
        commandLine.setUsageHelpWidth(console.columns());
        commandLine.setParameterExceptionHandler(this::misunderstood);
        commandLine.setExecutionExceptionHandler(this::failed);
        return commandLine;
    }

    /**
     * The one that the arguments name, or all: to be looked at for its options, a command costs
     * more than most of them do when they run.
     */
    private List<Object> concernedBy(String... arguments) {
        List<Object> named =
                arguments.length == 0 || arguments[0].equals(CompletionCommand.NAME)
                        ? List.of()
                        : commands.stream()
                                .filter(command -> nameOf(command).equals(arguments[0]))
                                .toList();
        return named.isEmpty() ? commands : named;
    }

    /** As the class is called: to read the annotations of all of them takes a tenth of a start. */
    private static String nameOf(Object command) {
        return command.getClass()
                .getSimpleName()
                .replaceFirst("Command$", "")
                .toLowerCase(Locale.ROOT);
    }

    /** Runs the command that the arguments name, and returns its exit code. */
    public int execute(String... arguments) {
        int code = commandLine(concernedBy(arguments)).execute(arguments);
        console.out().flush();
        console.err().flush();
        return code;
    }

    /** The names of all commands, as they stand in the help. */
    public List<String> names() {
        return commands.stream().map(Cli::nameOf).toList();
    }

    private int misunderstood(ParameterException problem, String[] arguments) {
        CommandLine command = problem.getCommandLine();
        console.err().println(Sentences.asSentence(String.valueOf(problem.getMessage())));
        console.err()
                .println("Try '" + command.getCommandSpec().qualifiedName() + " --help' for how.");
        return ExitCode.USAGE;
    }

    private int failed(Exception problem, CommandLine command, ParseResult parsed) {
        if (problem instanceof CommandFailure failure) {
            console.err().println(failure.getMessage());
            return failure.exitCode();
        }
        if (problem instanceof InterruptedException) {
            return ExitCode.OK;
        }
        LOG.error("{} failed", command.getCommandSpec().qualifiedName(), problem);
        console.err()
                .println(
                        "This is a fault in Shoestring itself: " + problem + ". Please report it.");
        return ExitCode.NOT_WELL;
    }
}
