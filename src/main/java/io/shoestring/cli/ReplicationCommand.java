package io.shoestring.cli;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.mysql.ComparisonReport;
import io.shoestring.database.mysql.ReplicationRepair;
import io.shoestring.database.mysql.ReplicationRepair.Stuck;
import io.shoestring.database.mysql.TableComparison;
import io.shoestring.model.DatabaseName;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code shoestring replication}: what an operator does to MariaDB's replicas. It speaks to the
 * servers, not to a node: when something is broken it must work without one.
 */
@Command(
        name = "replication",
        description = {
            "Look at what a MariaDB replica cannot apply, pass over it, or compare all rows.",
            "",
            "  event    show the change that a replica cannot apply, why, and what helps",
            "  skip     pass over that change: it is missing there for good",
            "  compare  sum up all rows, on each server at the same place of the history",
            "",
            "It speaks to the servers, as the agents do: it needs the configuration and the"
                    + " password file, and no running node."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring replication event shop b",
            "  shoestring replication skip shop b 0-1-100",
            "  shoestring replication compare shop --table shop.items"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing is in its way; it was done; all rows are alike",
            "1:it stands before a change; it was refused; rows differ",
            "2:the command was not understood"
        })
final class ReplicationCommand extends BaseCommand {
    /** What is to be done. */
    enum Verb {
        EVENT,
        SKIP,
        COMPARE
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private NodeOptions nodeOptions = new NodeOptions();

    @Parameters(index = "0", paramLabel = "event|skip|compare", description = "What is to be done.")
    private Verb verb = Verb.EVENT;

    @Parameters(
            index = "1",
            paramLabel = "DATABASE",
            description = "Its name in the configuration.")
    private String database = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "MEMBER",
            description = "With event and skip: the replica.")
    private String member = "";

    @Parameters(
            index = "3",
            arity = "0..1",
            paramLabel = "GTID",
            description = "With skip: the change, as 'event' shows it: 0-1-100.")
    private String gtid = "";

    @Option(
            names = "--table",
            paramLabel = "SCHEMA.TABLE",
            description = "With compare: only this one; may be said several times.")
    private List<String> tables = new ArrayList<>();

    @Option(
            names = "--rows",
            defaultValue = "" + TableComparison.USUAL_ROWS,
            description =
                    "With compare: how many are summed up, and locked for writers, at once."
                            + " Default: 2000.")
    private long rows = TableComparison.USUAL_ROWS;

    ReplicationCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        if (verb == Verb.COMPARE ? !member.isEmpty() : member.isEmpty()) {
            throw misused(verb == Verb.COMPARE ? "All replicas are compared" : "Say which member");
        }
        if (verb == Verb.SKIP == gtid.isEmpty()) {
            throw misused(
                    gtid.isEmpty()
                            ? "Say which change is to be passed over: 'event' shows it"
                            : "A change is only for skip");
        }
        return switch (verb) {
            case EVENT -> event();
            case SKIP -> skip();
            case COMPARE -> compare();
        };
    }

    private ParameterException misused(String sentence) {
        return new ParameterException(spec.commandLine(), sentence);
    }

    private int event() {
        Optional<Stuck> stuck = done(() -> repair().stuck());
        if (stuck.isEmpty()) {
            console.out().println("Nothing is in the way of " + member + ".");
            return ExitCode.OK;
        }
        show(stuck.get());
        return ExitCode.NOT_WELL;
    }

    private void show(Stuck stuck) {
        console.out()
                .print(
                        Sentences.paragraph(
                                "",
                                member
                                        + " stands before transaction "
                                        + stuck.gtid()
                                        + ". "
                                        + stuck.trouble().sentences(),
                                console.columns()));
        stuck.parts().forEach(part -> console.out().println("  " + part));
        console.out()
                .print(
                        Sentences.paragraph(
                                "",
                                "To pass over it, so that it is missing there for good: shoestring"
                                        + " replication skip "
                                        + database
                                        + " "
                                        + member
                                        + " "
                                        + stuck.gtid(),
                                console.columns()));
    }

    private int skip() {
        console.out().println(done(() -> repair().skip(gtid)));
        return ExitCode.OK;
    }

    private int compare() {
        ShoestringConfig config = config();
        DatabaseConfig mariadb = mariadb(config);
        TableComparison.Result result =
                done(
                        () ->
                                new TableComparison(
                                                mariadb,
                                                config.cluster().nodes(),
                                                rows,
                                                console.clock())
                                        .run(tables, line -> console.out().println("  " + line)));
        console.out()
                .print(
                        Sentences.paragraph(
                                "", ComparisonReport.summary(result), console.columns()));
        for (String each : ComparisonReport.differences(result)) {
            console.out().print(Sentences.paragraph("  ", each, console.columns()));
        }
        return result.differences().isEmpty() ? ExitCode.OK : ExitCode.NOT_WELL;
    }

    private ReplicationRepair repair() {
        ShoestringConfig config = config();
        DatabaseConfig mariadb = mariadb(config);
        DatabaseConfig.Member found =
                mariadb.members().values().stream()
                        .filter(each -> each.name().value().equals(member))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new CommandFailure(
                                                ExitCode.NOT_WELL,
                                                "Database "
                                                        + database
                                                        + " has no member "
                                                        + member
                                                        + ": it has "
                                                        + mariadb.members().keySet()
                                                        + "."));
        return new ReplicationRepair(mariadb, found, address(config, found), console.clock());
    }

    private ShoestringConfig config() {
        return ConfigFile.read(new NodeFinder(console, nodeOptions).configFile());
    }

    private DatabaseConfig mariadb(ShoestringConfig config) {
        DatabaseConfig found = config.databases().get(new DatabaseName(database));
        if (found == null || found.engine() != DatabaseConfig.Engine.MARIADB) {
            throw new CommandFailure(
                    ExitCode.NOT_WELL,
                    found == null
                            ? "There is no database " + database + " in the configuration."
                            : "Database "
                                    + database
                                    + " is no MariaDB: PostgreSQL needs no such help.");
        }
        return found;
    }

    private static String address(ShoestringConfig config, DatabaseConfig.Member member) {
        return requireNonNull(config.cluster().nodes().get(member.node()), "unknown node");
    }

    /** Asks a server. */
    @FunctionalInterface
    private interface Work<T> {
        T done() throws DatabaseException;
    }

    private static <T> T done(Work<T> work) {
        try {
            return work.done();
        } catch (DatabaseException e) {
            throw new CommandFailure(ExitCode.NOT_WELL, e.sentence());
        }
    }
}
