package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.Json;
import io.shoestring.cli.CommandFailure;
import io.shoestring.cli.ConfigFile;
import io.shoestring.cli.Console;
import io.shoestring.cli.ExitCode;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.postgresql.Adoption;
import io.shoestring.database.postgresql.AdoptionPlan;
import io.shoestring.database.postgresql.AdoptionUndo;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code shoestring adopt}: what taking over this machine's PostgreSQL servers changes. */
@Command(
        name = "adopt",
        mixinStandardHelpOptions = true,
        description = {
            "Say what 'shoestring run' will change at this machine's PostgreSQL servers when it",
            "takes them over (--plan), or take back what it has changed (--undo)."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring adopt --plan",
            "  shoestring pause shop; systemctl stop shoestring; shoestring adopt --undo"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing needs a restart; or it was undone",
            "1:something needs one, could not be looked at, or could not be undone",
            "2:the command was not understood"
        })
final class AdoptCommand implements Callable<Integer> {
    private static final int CONNECT_MILLIS = 500;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "shoestring.yaml",
            description = "The configuration. Default: ./shoestring.yaml.")
    private Path file = Path.of("shoestring.yaml");

    @Option(
            names = "--node",
            paramLabel = "NAME",
            description =
                    "Which node of the configuration this is. May be left out if there is one.")
    private @Nullable String node;

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    @ArgGroup(multiplicity = "1")
    private What what = new What();

    private static final class What {
        @Option(names = "--plan", description = "Change nothing; say what would be changed.")
        private boolean plan;

        @Option(
                names = "--undo",
                description = "Take it back. The node is to be stopped before; servers run on.")
        private boolean undo;
    }

    private interface Look<T> {
        T at(DatabaseConfig database, DatabaseConfig.Member member, String address)
                throws DatabaseException;
    }

    private record Undone(String member, List<String> done) {}

    private final Console console;

    AdoptCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ShoestringConfig config = ConfigFile.read(console.directory().resolve(file));
        return what.undo && !what.plan ? undo(config) : plan(config);
    }

    private int plan(ShoestringConfig config) {
        List<AdoptionPlan> plans =
                each(
                        config,
                        (database, member, address) ->
                                new Adoption(database, member, address, console.clock()).plan());
        print(plans, plans.stream().map(AdoptCommand::text).toList());
        return plans.stream().allMatch(plan -> plan.restarts().isEmpty())
                ? ExitCode.OK
                : ExitCode.NOT_WELL;
    }

    private int undo(ShoestringConfig config) {
        Endpoint admin = config.admin().bind();
        if (admin.port() != 0 && isAnswered(admin)) {
            throw new CommandFailure(
                    ExitCode.NOT_WELL,
                    "A node runs here ("
                            + admin
                            + " answers) and would change everything back. Where members are on"
                            + " several machines 'shoestring pause' first, or its primary is"
                            + " stopped some seconds after it; then stop it, then undo.");
        }
        List<Undone> undone =
                each(
                        config,
                        (database, member, address) ->
                                new Undone(
                                        member.name().value(),
                                        new AdoptionUndo(database, member, address, console.clock())
                                                .run()));
        print(undone, undone.stream().map(AdoptCommand::text).toList());
        return ExitCode.OK;
    }

    private static boolean isAnswered(Endpoint admin) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(admin.host(), admin.port()), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private <T> List<T> each(ShoestringConfig config, Look<T> look) {
        NodeName here = ConfigFile.nodeOf(config, Optional.ofNullable(node));
        String address = requireNonNull(config.cluster().nodes().get(here), "unknown node");
        List<T> found = new ArrayList<>();
        for (DatabaseConfig database : config.databases().values()) {
            if (database.engine() != DatabaseConfig.Engine.POSTGRESQL) {
                continue;
            }
            for (DatabaseConfig.Member member : database.members().values()) {
                if (member.node().equals(here)) {
                    found.add(looked(look, database, member, address));
                }
            }
        }
        if (found.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_WELL,
                    "Node " + here + " has no PostgreSQL server that is managed.");
        }
        return found;
    }

    private static <T> T looked(
            Look<T> look, DatabaseConfig database, DatabaseConfig.Member member, String address) {
        try {
            return look.at(database, member, address);
        } catch (DatabaseException e) {
            throw new CommandFailure(ExitCode.NOT_WELL, e.sentence());
        }
    }

    private void print(Object all, List<String> texts) {
        console.out().print(json ? Json.writeIndented(all) + "\n" : String.join("\n", texts));
        console.out().flush();
    }

    private static String text(AdoptionPlan plan) {
        StringBuilder text = new StringBuilder(plan.member() + ": " + plan.found() + "\n");
        plan.files().forEach(each -> text.append("  file     ").append(each).append('\n'));
        plan.settings()
                .forEach(
                        each ->
                                text.append(
                                        "  setting  %s: '%s' becomes '%s' (%s)\n"
                                                .formatted(
                                                        each.name(),
                                                        each.now(),
                                                        each.then(),
                                                        each.when())));
        plan.others().forEach(each -> text.append("  also     ").append(each).append('\n'));
        plan.restarts().forEach(each -> text.append("  RESTART  ").append(each).append('\n'));
        if (plan.restarts().isEmpty()) {
            text.append("  Nothing needs a restart.\n");
        }
        return text.toString();
    }

    private static String text(Undone undone) {
        StringBuilder text = new StringBuilder(undone.member() + ":\n");
        undone.done().forEach(each -> text.append("  ").append(each).append('\n'));
        return text.toString();
    }
}
