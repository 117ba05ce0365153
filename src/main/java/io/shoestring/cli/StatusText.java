package io.shoestring.cli;

import static io.shoestring.cli.TextTable.cell;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.AddressStatus;
import io.shoestring.model.CarriedOver;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.MemberStatus;
import io.shoestring.model.NodeStatus;
import io.shoestring.model.PoolStatus;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The whole cluster on one screen, worst first. */
final class StatusText {
    private final int width;
    private final Style style;

    StatusText(int width, Style style) {
        this.width = width;
        this.style = requireNonNull(style, "style is null");
    }

    String of(ClusterStatus status) {
        StringBuilder out = new StringBuilder();
        out.append(style.bold("Cluster " + status.cluster()))
                .append(
                        style.faint(
                                ", as node "
                                        + status.node()
                                        + " sees it (Shoestring "
                                        + status.version()
                                        + ")"))
                .append('\n');
        status.databases().stream()
                .sorted(Comparator.comparing(DatabaseStatus::healthy))
                .forEach(database -> out.append('\n').append(database(database)));
        out.append(new BackendText(width, style).of(status.backends()));
        List<ListenerStatus> balancing =
                status.listeners().stream().filter(each -> each.database().isEmpty()).toList();
        List<ListenerStatus> others =
                status.listeners().stream().filter(each -> !each.database().isEmpty()).toList();
        if (!others.isEmpty()) {
            out.append('\n').append(listeners(others));
        }
        if (!balancing.isEmpty()) {
            out.append('\n').append(new BackendText(width, style).listeners(balancing));
        }
        if (!status.addresses().isEmpty()) {
            out.append('\n').append(addresses(status.addresses()));
        }
        if (!status.nodes().isEmpty()) {
            out.append('\n').append(nodes(status.nodes()));
        }
        return out.toString();
    }

    private String nodes(List<NodeStatus> nodes) {
        TextTable table =
                new TextTable()
                        .column("NODE", false)
                        .column("ADDRESS", false)
                        .column("DECIDES", false)
                        .column("VOTES", false)
                        .column("VERSION", false)
                        .column("STATE", false);
        nodes.forEach(
                node ->
                        table.row(
                                List.of(
                                        cell(node.name(), style::bold),
                                        cell(node.address()),
                                        cell(node.decides() ? "yes" : "-"),
                                        cell(node.votes() ? "yes" : "-"),
                                        cell(orDash(node.version())),
                                        cell(
                                                node.state(),
                                                node.healthy()
                                                        ? UnaryOperator.identity()
                                                        : style::bad))));
        return table.render("", width, style);
    }

    private String database(DatabaseStatus database) {
        String verdict =
                database.healthy()
                        ? style.good("all well")
                        : database.primary().isPresent()
                                ? style.warning("NOT WELL")
                                : style.bad("NOT WELL");
        return "%s  %s  %s\n%s%s\n%s"
                .formatted(
                        style.bold(database.name()),
                        verdict,
                        style.faint(facts(database)),
                        Sentences.paragraph("  ", database.summary(), width),
                        Sentences.paragraph("  ", database.readiness(), width),
                        members(database.members()));
    }

    private static String facts(DatabaseStatus database) {
        return "epoch "
                + database.epoch()
                + ", "
                + database.protection()
                + (database.paused() ? ", paused" : "")
                + database.switchover().map(step -> ", switchover: " + step).orElse("")
                + database.restart().map(restart -> ", " + restart).orElse("")
                + database.planned().map(plan -> ", planned: " + plan).orElse("");
    }

    private String members(List<MemberStatus> members) {
        TextTable table =
                new TextTable()
                        .column("MEMBER", false)
                        .column("ROLE", false)
                        .column("LAG", true)
                        .column("SYNC", false)
                        .column("ADDRESS", false)
                        .column("STATE", false);
        members.forEach(
                member ->
                        table.row(
                                List.of(
                                        cell(member.name(), style::bold),
                                        cell(member.role(), paintOf(member)),
                                        cell(lag(member)),
                                        cell(member.synchronous() ? "yes" : "-"),
                                        cell(member.address()),
                                        cell(state(member)))));
        return table.render("  ", width, style);
    }

    private UnaryOperator<String> paintOf(MemberStatus member) {
        return switch (member.role()) {
            case "primary" -> style::bold;
            case "replica" -> UnaryOperator.identity();
            default -> style::bad;
        };
    }

    private static String lag(MemberStatus member) {
        if (member.lagTransactions().isPresent()) {
            long transactions = member.lagTransactions().getAsLong();
            return transactions + (transactions == 1 ? " transaction" : " transactions");
        }
        return member.lagBytes().isPresent() ? Sentences.bytes(member.lagBytes().getAsLong()) : "-";
    }

    private static String state(MemberStatus member) {
        Optional<String> busy = member.busy();
        return busy.map(what -> member.state() + " [" + what + "]").orElse(member.state());
    }

    private String listeners(List<ListenerStatus> listeners) {
        TextTable table =
                new TextTable()
                        .column("LISTENER", false)
                        .column("ADDRESS", false)
                        .column("CLIENTS", true)
                        .column("WAITING", true)
                        .column("TO PRIMARY", true)
                        .column("TO REPLICAS", true)
                        .column("FAILED", true);
        listeners.forEach(
                listener ->
                        table.row(
                                List.of(
                                        cell(listener.name(), style::bold),
                                        cell(listener.address()),
                                        cell(listener.clients()),
                                        cell(listener.held(), warnAbove0(listener.held())),
                                        cell(listener.onPrimary()),
                                        cell(listener.onReplicas()),
                                        cell(failed(listener), warnAbove0(failed(listener))))));
        StringBuilder pools = new StringBuilder();
        listeners.forEach(
                listener -> listener.pool().ifPresent(p -> pools.append(pool(listener, p))));
        listeners.forEach(listener -> pools.append(carriedOver(listener)));
        return table.render("", width, style) + pools;
    }

    private String carriedOver(ListenerStatus listener) {
        CarriedOver counts = listener.carriedOver();
        if (counts.equals(CarriedOver.NOTHING)) {
            return "";
        }
        return Sentences.paragraph(
                "  ",
                "%s: since the node started %s went on at another primary; %s without an answer proven there."
                        .formatted(
                                listener.name(),
                                Sentences.count(counts.transactions(), "open transaction"),
                                Sentences.count(counts.commits(), "COMMIT")),
                width);
    }

    private String pool(ListenerStatus listener, PoolStatus pool) {
        StringBuilder text =
                new StringBuilder(
                        "%s: %s shared, %d of them idle (at most %d for each user, database and member); %s."
                                .formatted(
                                        listener.name(),
                                        Sentences.count(pool.servers(), "server connection"),
                                        pool.idle(),
                                        pool.size(),
                                        pool.waiting() == 0
                                                ? "nobody waits"
                                                : Sentences.count(pool.waiting(), "client")
                                                        + " waiting"));
        pool.kept()
                .forEach(
                        (reason, clients) ->
                                text.append(
                                        " Kept by %s: %s."
                                                .formatted(
                                                        Sentences.count(clients, "client"),
                                                        reason)));
        return Sentences.paragraph("  ", text.toString(), width);
    }

    private String addresses(List<AddressStatus> addresses) {
        TextTable table =
                new TextTable()
                        .column("ADDRESS", false)
                        .column("IP", false)
                        .column("FOLLOWS", false)
                        .column("NODE", false)
                        .column("INTERFACE", false)
                        .column("STATE", false);
        addresses.forEach(
                address ->
                        table.row(
                                List.of(
                                        cell(address.name(), style::bold),
                                        cell(address.address()),
                                        cell(address.follows()),
                                        cell(address.node().orElse("-")),
                                        cell(orDash(address.networkInterface())),
                                        cell(
                                                address.state() + ": " + address.sentence(),
                                                address.healthy()
                                                        ? UnaryOperator.identity()
                                                        : style::bad))));
        return table.render("", width, style);
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    private UnaryOperator<String> warnAbove0(long count) {
        return count > 0 ? style::warning : UnaryOperator.identity();
    }

    private static long failed(ListenerStatus listener) {
        return listener.refused() + listener.interrupted() + listener.unknownOutcomes();
    }
}
