package io.shoestring.cli;

import static io.shoestring.cli.TextTable.cell;

import io.shoestring.admin.api.FiguresList;
import io.shoestring.admin.api.FiguresList.Row;

import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table of what was measured of each kind of statement or URL. */
abstract class FiguresCommand extends NodeCommand {
    private static final int ROWS = 20;
    private static final int LINES_MAX = 4;
    private static final String INDENT = "    ";
    private static final double MICROS_OF_A_MILLI = 1_000;

    /** By what the rows are sorted. */
    enum Order {
        TOTAL,
        MEAN,
        SLOWEST,
        COUNT,
        FAILURES
    }

    @Option(
            names = "--order",
            paramLabel = "ORDER",
            description =
                    "What comes first: total (all their time together, the default), mean, slowest,"
                            + " count or failures.")
    private Order order = Order.TOTAL;

    @Option(names = "--limit", paramLabel = "N", description = "So many rows; 20 by default.")
    private int limit = ROWS;

    FiguresCommand(Console console) {
        super(console);
    }

    /** What is listed, as the API calls it. */
    abstract String what();

    /** The columns between the times and the text. */
    abstract List<String> more();

    abstract List<String> more(Row row);

    @Override
    int ask(NodeClient node) throws InterruptedException {
        FiguresList list =
                node.figures(what(), order.name().toLowerCase(Locale.ROOT), Math.max(0, limit));
        if (json) {
            printJson(list);
        } else if (list.rows().isEmpty()) {
            print("Nothing was measured yet on this node.\n");
        } else {
            print(withTexts(list.rows()));
            if (list.kinds() > list.rows().size()) {
                print("%d more; say --limit.%n".formatted(list.kinds() - list.rows().size()));
            }
        }
        return ExitCode.OK;
    }

    /** Each row's text stands below its figures, where it has the whole width. */
    private String withTexts(List<Row> rows) {
        List<String> lines =
                table(rows).render("", console.columns(), console.style()).lines().toList();
        var text = new StringBuilder(lines.getFirst()).append('\n');
        for (int i = 0; i < rows.size(); i++) {
            text.append(lines.get(i + 1)).append('\n');
            Sentences.wrap(rows.get(i).text(), console.columns() - INDENT.length()).stream()
                    .limit(LINES_MAX)
                    .forEach(line -> text.append(INDENT).append(line).append('\n'));
        }
        return text.toString();
    }

    private TextTable table(List<Row> rows) {
        TextTable table =
                new TextTable()
                        .column("total s", true)
                        .column("count", true)
                        .column("failed", true)
                        .column("mean ms", true)
                        .column("p95", true)
                        .column("p99", true)
                        .column("most", true);
        more().forEach(title -> table.column(title, true));
        rows.forEach(row -> table.row(cells(row)));
        return table;
    }

    private List<TextTable.Cell> cells(Row row) {
        var style = console.style();
        var cells =
                new ArrayList<>(
                        List.of(
                                cell("%.2f".formatted(row.totalMicros() / 1e6)),
                                cell(row.count()),
                                row.failures() == 0 ? cell(0) : cell(row.failures(), style::bad),
                                cell(millis(row.meanMicros())),
                                cell(millis(row.p95Micros())),
                                cell(millis(row.p99Micros())),
                                cell(millis(row.mostMicros()))));
        more(row).forEach(text -> cells.add(cell(text)));
        return List.copyOf(cells);
    }

    private static String millis(long micros) {
        return "%.2f".formatted(micros / MICROS_OF_A_MILLI);
    }
}
