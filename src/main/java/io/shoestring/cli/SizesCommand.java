package io.shoestring.cli;

import static io.shoestring.cli.TextTable.cell;

import io.shoestring.admin.api.SizeList;
import io.shoestring.model.DatabaseSize;
import io.shoestring.model.RelationSize;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.List;

/** {@code shoestring sizes}. */
@Command(
        name = "sizes",
        description =
                "How much a database's server keeps, and its largest tables and indexes, as its"
                        + " primary counts them.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring sizes shop",
            "  shoestring sizes shop --limit 50",
            "  shoestring sizes shop --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:nobody could be asked, or there is no such database",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class SizesCommand extends NodeCommand {
    private static final int ROWS = 20;

    @Parameters(paramLabel = "DATABASE", description = "Its name in the configuration.")
    private String database = "";

    @Option(names = "--limit", paramLabel = "N", description = "So many rows; 20 by default.")
    private int limit = ROWS;

    SizesCommand(Console console) {
        super(console);
    }

    @Override
    int ask(NodeClient node) throws InterruptedException {
        SizeList list = node.sizes(database);
        if (json) {
            printJson(list);
        } else if (list.problem().isPresent()) {
            console.err().println(list.problem().get());
        } else {
            print(databases(list.databases()) + "\n");
            print(list.rows().isEmpty() ? "There are no tables.\n" : table(list.rows()));
        }
        return list.problem().isEmpty() ? ExitCode.OK : ExitCode.NOT_WELL;
    }

    private String databases(List<DatabaseSize> databases) {
        TextTable table =
                new TextTable()
                        .column("SIZE", true)
                        .column("TABLES", true)
                        .column("CONNECTIONS", true)
                        .column("DATABASE", false);
        for (DatabaseSize each : databases) {
            table.row(
                    List.of(
                            cell(Sentences.bytes(each.bytes())),
                            cell(each.tables() < 0 ? "-" : each.tables()),
                            cell(each.connections()),
                            cell(each.name())));
        }
        return table.render("", console.columns(), console.style());
    }

    private String table(List<RelationSize> rows) {
        TextTable table =
                new TextTable()
                        .column("SIZE", true)
                        .column("ROWS", true)
                        .column("DEAD", true)
                        .column("SCANS", true)
                        .column("KIND", false)
                        .column("DATABASE", false)
                        .column("NAME", false);
        for (RelationSize row : rows.subList(0, Math.clamp(limit, 0, rows.size()))) {
            boolean index = row.kind().equals("index");
            table.row(
                    List.of(
                            cell(Sentences.bytes(row.bytes())),
                            cell(row.rows() < 0 ? "-" : row.rows()),
                            cell(index || row.deadRows() < 0 ? "-" : row.deadRows()),
                            cell(row.scans() < 0 ? "-" : row.scans()),
                            cell(row.kind()),
                            cell(row.database()),
                            cell(index ? row.name() + " of " + row.table() : row.name())));
        }
        return table.render("", console.columns(), console.style());
    }
}
