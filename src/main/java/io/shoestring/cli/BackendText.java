package io.shoestring.cli;

import static io.shoestring.cli.TextTable.cell;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.BackendStatus;
import io.shoestring.model.BackendStatus.CheckStatus;
import io.shoestring.model.BackendStatus.ServerStatus;
import io.shoestring.model.ListenerStatus;

import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;

/** Backends and the listeners in front of them on the operator's screen, worst first. */
final class BackendText {
    private final int width;
    private final Style style;

    BackendText(int width, Style style) {
        this.width = width;
        this.style = requireNonNull(style, "style is null");
    }

    String of(List<BackendStatus> backends) {
        StringBuilder out = new StringBuilder();
        backends.stream()
                .sorted(
                        Comparator.comparing(BackendStatus::up)
                                .thenComparing(BackendStatus::healthy))
                .forEach(backend -> out.append('\n').append(backend(backend)));
        return out.toString();
    }

    private String backend(BackendStatus backend) {
        String verdict =
                backend.healthy()
                        ? style.good("all well")
                        : backend.up() ? style.warning("NOT WELL") : style.bad("NOT WELL");
        String facts = "backend, " + backend.balance() + ", " + backend.rate() + "/s";
        String waiting = backend.queued() > 0 ? ", " + backend.queued() + " waiting" : "";
        return "%s  %s  %s\n%s%s"
                .formatted(
                        style.bold(backend.name()),
                        verdict,
                        style.faint(facts + waiting),
                        Sentences.paragraph("  ", backend.summary(), width),
                        servers(backend.servers()));
    }

    private String servers(List<ServerStatus> servers) {
        TextTable table =
                new TextTable()
                        .column("SERVER", false)
                        .column("STATE", false)
                        .column("WEIGHT", true)
                        .column("CONN", true)
                        .column("RATE", true)
                        .column("TOTAL", true)
                        .column("ADDRESS", false)
                        .column("WHY, AND THE LAST CHECK", false);
        servers.stream()
                .sorted(Comparator.comparingInt(BackendText::order))
                .forEach(server -> table.row(row(server)));
        return table.render("  ", width, style);
    }

    private static int order(ServerStatus server) {
        return switch (server.state()) {
            case "down", "unknown" -> 0;
            case "maintenance" -> 1;
            case "drain" -> 2;
            default -> 3;
        };
    }

    private List<TextTable.Cell> row(ServerStatus server) {
        String limit = server.limit().isPresent() ? "/" + server.limit().getAsLong() : "";
        return List.of(
                cell(server.name(), style::bold),
                cell(server.state() + (server.backup() ? " (backup)" : ""), paintOf(server)),
                cell(server.weight()),
                cell(server.connections() + limit),
                cell(server.rate() + "/s"),
                cell(server.sessions()),
                cell(server.address()),
                cell(why(server)));
    }

    private UnaryOperator<String> paintOf(ServerStatus server) {
        return switch (server.state()) {
            case "up" -> UnaryOperator.identity();
            case "drain", "maintenance" -> style::warning;
            default -> style::bad;
        };
    }

    private static String why(ServerStatus server) {
        String why = server.state().equals("up") ? "" : server.why();
        CheckStatus check = server.check();
        if (check.code().isEmpty()) {
            return why.isEmpty() ? "not checked" : why + "; not checked";
        }
        String seen =
                check.secondsAgo().isPresent()
                        ? "%s %s in %d ms, %d s ago"
                                .formatted(
                                        check.code(),
                                        check.text(),
                                        check.millis(),
                                        check.secondsAgo().getAsLong())
                        : "not checked yet";
        return why.isEmpty() || why.equals(check.text()) ? seen : why + "; " + seen;
    }

    String listeners(List<ListenerStatus> listeners) {
        TextTable table =
                new TextTable()
                        .column("LISTENER", false)
                        .column("ADDRESS", false)
                        .column("BACKEND", false)
                        .column("CLIENTS", true)
                        .column("WAITING", true)
                        .column("TOTAL", true)
                        .column("IN", true)
                        .column("OUT", true)
                        .column("REQUESTS", true)
                        .column("5XX", true)
                        .column("FAILED", true);
        listeners.forEach(
                listener ->
                        table.row(
                                List.of(
                                        cell(listener.name(), style::bold),
                                        cell(listener.address()),
                                        cell(
                                                listener.backend().isEmpty()
                                                        ? "-"
                                                        : listener.backend()),
                                        cell(listener.clients()),
                                        cell(listener.held(), warnAbove0(listener.held())),
                                        cell(listener.sessions()),
                                        cell(Sentences.bytes(listener.bytesIn())),
                                        cell(Sentences.bytes(listener.bytesOut())),
                                        cell(requests(listener)),
                                        cell(serverErrors(listener)),
                                        cell(failed(listener), warnAbove0(failed(listener))))));
        return table.render("", width, style);
    }

    private static String requests(ListenerStatus listener) {
        return listener.http()
                .map(http -> http.requests() + " (" + http.rate() + "/s)")
                .orElse("-");
    }

    private static String serverErrors(ListenerStatus listener) {
        return listener.http().map(http -> http.answers().getLast().toString()).orElse("-");
    }

    private static long failed(ListenerStatus listener) {
        return listener.refused() + listener.interrupted();
    }

    private UnaryOperator<String> warnAbove0(long count) {
        return count > 0 ? style::warning : UnaryOperator.identity();
    }
}
