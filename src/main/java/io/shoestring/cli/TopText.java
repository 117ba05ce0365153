package io.shoestring.cli;

import static io.shoestring.cli.TextTable.cell;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.NodeFigures;
import io.shoestring.cli.TextTable.Cell;
import io.shoestring.model.MachineStatus;
import io.shoestring.model.MachineStatus.Disk;
import io.shoestring.model.MachineStatus.FileSystem;
import io.shoestring.model.MachineStatus.Interface;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.MemberFigures.Standby;
import io.shoestring.model.MemberFigures.Wait;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Machines and database servers, one line each, and below them what is wrong. */
final class TopText {
    private static final double BUSY_PERCENT = 90;
    private static final double SCARCE_SHARE = 0.1;
    private static final int STATEMENT_MAX = 200;

    private final int width;
    private final Style style;

    TopText(int width, Style style) {
        this.width = width;
        this.style = requireNonNull(style, "style is null");
    }

    String of(List<NodeFigures> nodes) {
        List<MemberFigures> members =
                nodes.stream().flatMap(node -> node.members().stream()).toList();
        StringBuilder out = new StringBuilder(machines(nodes));
        if (!members.isEmpty()) {
            out.append('\n').append(members(members));
            members.forEach(member -> out.append(standbys(member)));
            members.forEach(member -> out.append(waits(member)));
        }
        return out.toString();
    }

    private String machines(List<NodeFigures> nodes) {
        TextTable table =
                new TextTable()
                        .column("NODE", false)
                        .column("LOAD", true)
                        .column("CPU", true)
                        .column("DISK WAIT", true)
                        .column("MEMORY LEFT", true)
                        .column("READ/WRITTEN", true)
                        .column("NET IN/OUT", true)
                        .column("ROOM LEFT", false);
        nodes.forEach(node -> table.row(machine(node)));
        return table.render("", width, style);
    }

    private List<Cell> machine(NodeFigures node) {
        Cell name = cell(node.node(), style::bold);
        Optional<MachineStatus> machine = node.machine();
        if (machine.isEmpty()) {
            Cell none = cell("-");
            return List.of(
                    name,
                    none,
                    none,
                    none,
                    none,
                    none,
                    none,
                    cell(node.problem().orElse("unknown"), style::bad));
        }
        MachineStatus is = machine.get();
        return List.of(
                name,
                cell(decimal(is.load1())),
                cell(percent(is.busyPercent()), badIf(is.busyPercent() > BUSY_PERCENT)),
                cell(percent(is.cpuPercent().getOrDefault("iowait", 0.0))),
                memory(is.memory()),
                cell(
                        rates(
                                is.disks().stream().mapToDouble(Disk::readBytesPerSecond).sum(),
                                is.disks().stream()
                                        .mapToDouble(Disk::writtenBytesPerSecond)
                                        .sum())),
                cell(
                        rates(
                                is.interfaces().stream()
                                        .mapToDouble(Interface::receivedBytesPerSecond)
                                        .sum(),
                                is.interfaces().stream()
                                        .mapToDouble(Interface::sentBytesPerSecond)
                                        .sum())),
                room(is.fileSystems()));
    }

    private Cell memory(MachineStatus.Memory memory) {
        return cell(
                "%s (%s)"
                        .formatted(
                                Sentences.bytes(memory.available()),
                                percent(100.0 * memory.available() / Math.max(1, memory.total()))),
                badIf(memory.available() < memory.total() * SCARCE_SHARE));
    }

    private Cell room(List<FileSystem> all) {
        return all.stream()
                .min(Comparator.comparingDouble(TopText::freeShare))
                .map(
                        least ->
                                cell(
                                        "%s (%s) for %s"
                                                .formatted(
                                                        Sentences.bytes(least.free()),
                                                        percent(100 * freeShare(least)),
                                                        least.what()),
                                        badIf(freeShare(least) < SCARCE_SHARE)))
                .orElse(cell("-"));
    }

    private static double freeShare(FileSystem each) {
        return (double) each.free() / Math.max(1, each.total());
    }

    private String members(List<MemberFigures> members) {
        TextTable table =
                new TextTable()
                        .column("MEMBER", false)
                        .column("CONNECTIONS", true)
                        .column("ACTIVE", true)
                        .column("WAIT", true)
                        .column("OLDEST TX", true)
                        .column("CACHE HITS", true)
                        .column("BEHIND", false);
        members.forEach(member -> table.row(member(member)));
        return table.render("", width, style);
    }

    private List<Cell> member(MemberFigures member) {
        Cell name = cell(member.database() + "/" + member.member(), style::bold);
        if (member.problem().isPresent()) {
            Cell none = cell("-");
            return List.of(
                    name, none, none, none, none, none, cell(member.problem().get(), style::bad));
        }
        var sessions = member.sessions();
        long connections = member.connections();
        return List.of(
                name,
                cell(
                        connections + " of " + sessions.max(),
                        badIf(connections > sessions.max() * (1 - SCARCE_SHARE))),
                cell(sessions.byState().getOrDefault("active", 0L)),
                cell(sessions.waiting(), badIf(sessions.waiting() > 0)),
                cell(seconds(sessions.oldestTransactionSeconds())),
                member.cacheHitShare().isPresent()
                        ? cell(decimal(100 * member.cacheHitShare().getAsDouble()) + " %")
                        : cell("-"),
                cell(member.behind().map(it -> lag(it.bytes(), it.seconds())).orElse("-")));
    }

    private static String lag(long bytes, OptionalDouble age) {
        return bytes == 0
                ? "nothing"
                : Sentences.bytes(bytes)
                        + (age.isEmpty() ? ", stopped" : ", " + seconds(age.getAsDouble()));
    }

    private static String known(OptionalDouble seconds) {
        return seconds.isEmpty() ? "-" : seconds(seconds.getAsDouble());
    }

    private static String state(Standby standby) {
        return standby.synchronous().isEmpty()
                ? standby.state()
                : standby.state() + ", " + standby.synchronous();
    }

    private String standbys(MemberFigures member) {
        if (member.standbys().isEmpty()) {
            return "";
        }
        TextTable table =
                new TextTable()
                        .column("LOG FROM " + member.member() + " TO", false)
                        .column("STATE", false)
                        .column("BEHIND", true)
                        .column("WRITTEN", true)
                        .column("FLUSHED", true)
                        .column("SEEN AFTER", true);
        for (Standby each : member.standbys()) {
            table.row(
                    List.of(
                            cell(each.name(), style::bold),
                            cell(state(each)),
                            cell(
                                    each.lagBytes().isPresent()
                                            ? Sentences.bytes(each.lagBytes().getAsLong())
                                            : "-"),
                            cell(known(each.writeLagSeconds())),
                            cell(known(each.flushLagSeconds())),
                            cell(known(each.replayLagSeconds()))));
        }
        return "\n" + table.render("", width, style);
    }

    private String waits(MemberFigures member) {
        StringBuilder out = new StringBuilder();
        for (Wait wait : member.waits()) {
            out.append('\n');
            out.append(
                    Sentences.paragraph(
                            "",
                            "At %s, process %d (%s@%s%s) has been waiting for %s for %s: %s"
                                    .formatted(
                                            member.member(),
                                            wait.process(),
                                            wait.user(),
                                            wait.database(),
                                            wait.application().isEmpty()
                                                    ? ""
                                                    : ", " + wait.application(),
                                            wait.blockedBy().stream()
                                                    .map(String::valueOf)
                                                    .collect(Collectors.joining(", ")),
                                            seconds(wait.seconds()),
                                            shortened(wait.statement())),
                            width));
            out.append(
                    Sentences.paragraph(
                            "    ", "who did last: " + shortened(wait.blocker()), width));
        }
        return out.toString();
    }

    private static String shortened(String statement) {
        return statement.length() <= STATEMENT_MAX
                ? statement
                : statement.substring(0, STATEMENT_MAX - 1) + "…";
    }

    private UnaryOperator<String> badIf(boolean bad) {
        return bad ? style::bad : UnaryOperator.identity();
    }

    private static String rates(double in, double out) {
        return Sentences.bytes(Math.round(in)) + " / " + Sentences.bytes(Math.round(out));
    }

    private static String percent(double value) {
        return String.format(Locale.ROOT, "%.0f %%", value);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String seconds(double value) {
        return value < 0.0005
                ? "0 s"
                : value < 1
                        ? String.format(Locale.ROOT, "%.0f ms", value * 1000)
                        : String.format(Locale.ROOT, value < 10 ? "%.1f s" : "%.0f s", value);
    }
}
