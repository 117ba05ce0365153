package io.shoestring.cli;

import static io.shoestring.cli.TextTable.cell;

import io.shoestring.admin.api.ChangeList;
import io.shoestring.admin.api.ChangeList.Change;
import io.shoestring.admin.api.ChangeList.Level;
import io.shoestring.admin.api.EventList;
import io.shoestring.model.Event;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/** {@code shoestring changes}. */
@Command(
        name = "changes",
        description = {
            "What is different after a moment from what was before it, what became worst first:",
            "statements, URLs, listeners, backends, servers and members, of all nodes together.",
            "They are compared by whole half minutes; the one of the moment itself is left out."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring changes 10m",
            "  shoestring changes 14:05 --span 15m",
            "  shoestring changes 2026-08-01T14:05:00Z --json",
            "  shoestring changes event:1204"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:too little time has passed, or there is no such event",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class ChangesCommand extends NodeCommand {
    private static final int ROWS = 20;
    private static final int EVENTS_MAX = 1_000;
    private static final String EVENT = "event:";
    private static final double MILLIS = 1e3;

    @Parameters(
            paramLabel = "MOMENT",
            description =
                    "So long ago (30s, 10m, 2h), the last time that the clock showed this (14:05,"
                            + " 14:05:30), an instant (2026-08-01T14:05:00Z), or an event"
                            + " (event:1204).")
    private String moment = "";

    @Option(
            names = "--span",
            paramLabel = "TIME",
            description = "How long the times are that are compared; 5m by default, 12h at most.")
    private String span = "5m";

    @Option(names = "--limit", paramLabel = "N", description = "So many rows; 20 by default.")
    private int limit = ROWS;

    ChangesCommand(Console console) {
        super(console);
    }

    @Override
    int ask(NodeClient node) throws InterruptedException {
        Duration length = TimeSpan.parse("--span", span);
        ChangeList list = node.changes(at(node), length.toSeconds(), Math.max(0, limit));
        if (json) {
            printJson(list);
        } else {
            list.problems().forEach(console.err()::println);
            print(heading(list) + (list.rows().isEmpty() ? "Nothing came.\n" : table(list.rows())));
        }
        return list.after().seconds() == 0 ? ExitCode.NOT_WELL : ExitCode.OK;
    }

    private Instant at(NodeClient node) throws InterruptedException {
        if (TimeSpan.isOne(moment)) {
            return console.wallClock().now().minus(TimeSpan.parse("MOMENT", moment));
        }
        if (moment.startsWith(EVENT)) {
            return eventAt(node, moment.substring(EVENT.length()));
        }
        try {
            return moment.matches("\\d\\d?:\\d\\d(:\\d\\d)?") ? lastTime() : Instant.parse(moment);
        } catch (DateTimeException _) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "MOMENT is '"
                            + moment
                            + "', expected one like 10m, 14:05, 2026-08-01T14:05:00Z or"
                            + " event:1204.");
        }
    }

    private Instant lastTime() {
        String padded = moment.indexOf(':') == 1 ? "0" + moment : moment;
        Instant now = console.wallClock().now();
        LocalDate today = LocalDate.ofInstant(now, console.zone());
        ZonedDateTime then = ZonedDateTime.of(today, LocalTime.parse(padded), console.zone());
        return (then.toInstant().isAfter(now) ? then.minusDays(1) : then).toInstant();
    }

    private static Instant eventAt(NodeClient node, String number) throws InterruptedException {
        EventList list = node.events(0, EVENTS_MAX);
        return list.events().stream()
                .filter(event -> String.valueOf(event.sequence()).equals(number))
                .map(Event::at)
                .findFirst()
                .orElseThrow(
                        () ->
                                new CommandFailure(
                                        ExitCode.NOT_WELL,
                                        "There is no event "
                                                + number
                                                + " among the newest "
                                                + EVENTS_MAX
                                                + "; its time may be given instead."));
    }

    private String heading(ChangeList list) {
        DateTimeFormatter clock =
                DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(console.zone());
        return "%s to %s, compared with %s to %s\n"
                .formatted(
                        clock.format(list.after().from()),
                        clock.format(list.after().to()),
                        clock.format(list.before().from()),
                        clock.format(list.before().to()));
    }

    private String table(List<Change> rows) {
        TextTable table =
                new TextTable()
                        .column("LOST PER SECOND", true)
                        .column("USUAL MS", true)
                        .column("BEFORE", true)
                        .column("PER SECOND", true)
                        .column("BEFORE", true)
                        .column("WHAT", false);
        for (Change row : rows) {
            table.row(
                    List.of(
                            cell(lost(row.worseSeconds()), style(row)),
                            cell(millis(row.after())),
                            cell(millis(row.before())),
                            cell(rate(row.after())),
                            cell(rate(row.before())),
                            cell(row.what() + " " + at(row) + row.name() + ": " + row.words())));
        }
        return table.render("", console.columns(), console.style());
    }

    private UnaryOperator<String> style(Change row) {
        return row.worseSeconds() > 0.1 ? console.style()::bad : UnaryOperator.identity();
    }

    private static String at(Change row) {
        return row.listener().isEmpty() ? "" : "at " + row.listener() + " ";
    }

    private static String lost(double seconds) {
        return String.format(Locale.ROOT, "%+.3f s", seconds);
    }

    private static String millis(Optional<Level> level) {
        OptionalDouble usual = level.map(Level::usualMicros).orElse(OptionalDouble.empty());
        return usual.isEmpty()
                ? "-"
                : String.format(Locale.ROOT, "%.2f", usual.getAsDouble() / MILLIS);
    }

    private static String rate(Optional<Level> level) {
        return level.isEmpty() ? "-" : String.format(Locale.ROOT, "%.1f", level.get().perSecond());
    }
}
