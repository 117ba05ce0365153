package io.shoestring.sandbox.bench;

import io.shoestring.admin.api.Json;
import io.shoestring.base.Clock;
import io.shoestring.sandbox.SandboxCommand;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code shoestring bench}: Shoestring beside its peers. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = {
            "Measure this build of Shoestring and its peers (HAProxy, nginx, PgBouncer, pgpool-II)"
                    + " on this machine, in turn, each configured as its documentation advises.",
            "'bench list' names the works; 'http' stands for all whose names begin so. Without any,"
                    + " all are measured, which takes about an hour and a half."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring bench http-1k-c32 postgresql-simple",
            "  shoestring bench --table docs/benchmarks.md",
            "  shoestring bench tcp --peer haproxy34=/opt/haproxy-3.4/haproxy"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:everything was measured",
            "1:a measurement failed",
            "2:the command was not understood",
            "3:something is missing on this machine"
        })
public final class BenchCommand implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final long SECONDS_MAX = 3_600;

    private final Clock clock;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "WORK",
            arity = "0..*",
            description = "What to measure; 'list' lists it all.")
    private List<String> names = List.of();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "How often everybody has a turn. Default: ${DEFAULT-VALUE}.")
    private int rounds = 5;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "3",
            description = "How long a turn is. Default: ${DEFAULT-VALUE}.")
    private long seconds = 3;

    @Option(
            names = "--peer",
            paramLabel = "NAME=PATH",
            description =
                    "One more peer: a program haproxy, nginx, pgbouncer or pgpool, or the launcher"
                            + " shoestring of another build. May be repeated.")
    private List<String> peers = List.of();

    @Option(
            names = "--only",
            paramLabel = "NAME",
            description = "Only beside the peer of that name. May be repeated.")
    private List<String> only = List.of();

    @Option(names = "--json", description = "Print one JSON object for each work and peer.")
    private boolean json;

    @Option(
            names = "--table",
            paramLabel = "FILE",
            description = "Write the results as a table (Markdown) into FILE, too.")
    private Optional<Path> table = Optional.empty();

    /** The command; {@code clock} bounds what is waited for. */
    public BenchCommand(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (names.equals(List.of("list"))) {
            Works.all().forEach(work -> out("%-24s %s".formatted(work.name(), work.what())));
            return 0;
        }
        if (rounds < 1 || seconds < 1 || seconds > SECONDS_MAX) {
            throw new ParameterException(
                    spec.commandLine(), "--rounds and --seconds are 1 or more, and below an hour.");
        }
        List<Work> works = works();
        List<Peer> candidates = candidates();
        List<String> missing = missing(works);
        if (!missing.isEmpty()) {
            err(
                    "bench: this machine lacks what the works need. Install it:  apt-get install "
                            + String.join(" ", missing));
            return SandboxCommand.NOT_POSSIBLE;
        }
        return measure(works, candidates);
    }

    private List<Work> works() {
        if (names.isEmpty()) {
            return Works.all();
        }
        List<Work> chosen = new ArrayList<>();
        for (String name : names) {
            List<Work> meant =
                    Works.all().stream()
                            .filter(
                                    work ->
                                            work.name().equals(name)
                                                    || work.name().startsWith(name + "-"))
                            .toList();
            if (meant.isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(),
                        "There is no work '%s'; 'shoestring bench list' names them."
                                .formatted(name));
            }
            chosen.addAll(meant);
        }
        return chosen.stream().distinct().toList();
    }

    private List<Peer> candidates() {
        List<Peer> all = new ArrayList<>(Peer.installed());
        for (String text : peers) {
            try {
                all.add(Peer.parse(text));
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), "--peer: " + e.getMessage(), e);
            }
        }
        return all.stream().filter(peer -> only.isEmpty() || only.contains(peer.name())).toList();
    }

    private static List<String> missing(List<Work> works) {
        Set<Tool> tools = EnumSet.noneOf(Tool.class);
        works.forEach(work -> tools.addAll(work.tools()));
        return Tool.missing(tools);
    }

    private int measure(List<Work> works, List<Peer> candidates) throws InterruptedException {
        Race race = new Race(clock, new Pace(rounds, Duration.ofSeconds(seconds)), this::progress);
        List<BenchResult> results = new ArrayList<>();
        boolean failed = false;
        for (Work work : works) {
            List<Peer> wanted =
                    candidates.stream()
                            .filter(peer -> work.against().contains(peer.kind()))
                            .toList();
            try {
                for (BenchResult result : work.measurement().run(race, wanted)) {
                    results.add(result);
                    tell(result);
                }
                writeTable(results);
            } catch (BenchException | IOException e) {
                failed = true;
                err("bench: " + work.name() + ": " + e.getMessage());
            }
        }
        return failed ? FAILED : 0;
    }

    private void writeTable(List<BenchResult> results) throws IOException {
        if (table.isPresent()) {
            Files.writeString(table.get(), BenchTable.of(results, MachineFacts.read()));
        }
    }

    private void tell(BenchResult result) {
        out(json ? Json.write(result) : result.sentence());
    }

    private void progress(String sentence) {
        err("  " + sentence);
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
