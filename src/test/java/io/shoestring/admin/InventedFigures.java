package io.shoestring.admin;

import io.shoestring.admin.api.ChangeList;
import io.shoestring.admin.api.FiguresList.Row;
import io.shoestring.admin.api.HistoryList;
import io.shoestring.admin.api.HistoryQuestion;
import io.shoestring.admin.api.NodeFigures;
import io.shoestring.admin.api.SizeList;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseSize;
import io.shoestring.model.MachineStatus;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.RelationSize;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Two machines with a primary and a replica, where somebody waits for a lock; a third is silent.
 */
public final class InventedFigures implements Measurements {
    private static final Instant AT = FakeNode.BEGIN;

    private final int node;

    /** Seen from the node with the primary. */
    public InventedFigures() {
        this(0);
    }

    /**
     * Seen from one of them.
     *
     * @param node 0: where the primary is, 1: where the replica is
     */
    public InventedFigures(int node) {
        this.node = node;
    }

    @Override
    public List<Row> statements() {
        return List.of(
                row("postgresql", "update pgbench_branches set bbalance=bbalance+? where bid=?"),
                row("postgresql", "select abalance from pgbench_accounts where aid=?"));
    }

    @Override
    public List<Row> urls() {
        return List.of(row("web", "GET /shop/{n}/cart"));
    }

    private static Row row(String listener, String text) {
        return new Row(
                listener,
                "7f",
                text,
                559,
                3,
                120,
                70_000,
                3_600_000,
                900,
                6_440,
                5_000,
                23_550,
                51_200,
                81_450,
                AT,
                AT.plusSeconds(60));
    }

    @Override
    public NodeFigures here() {
        return nodes().get(node);
    }

    @Override
    public List<NodeFigures> nodes() {
        return List.of(
                node("db0", 0.7, primary()),
                node("db1", 1.9, replica()),
                NodeFigures.none("witness", "It does not answer: it is not connected."));
    }

    private static NodeFigures node(String name, double load, MemberFigures member) {
        return new NodeFigures(name, Optional.empty(), Optional.of(machine(load)), List.of(member));
    }

    private static MachineStatus machine(double load) {
        return new MachineStatus(
                AT,
                4,
                load,
                load / 2,
                load / 4,
                Map.of("user", 1234.5, "system", 77.0, "idle", 99_000.0, "iowait", 5.0),
                Map.of("user", 20.0, "system", 5.0, "idle", 70.0, "iowait", 5.0),
                new MachineStatus.Memory(
                        8_000_000_000L, 3_000_000_000L, 1_000_000_000L, 1_000_000_000L),
                List.of(
                        new MachineStatus.Disk(
                                "vda", 10, 20, 4096, 8192, 12.5, 120_000, 3_400_000, 33)),
                List.of(
                        new MachineStatus.FileSystem(
                                "the data of a",
                                "/var/lib/postgresql",
                                1_000_000_000L,
                                80_000_000L)),
                List.of(
                        new MachineStatus.Interface(
                                "eth0", 1_000, 2_000, 0, 3, 50_000, 1_200_000)));
    }

    private static MemberFigures primary() {
        return figures(
                "a",
                2,
                List.of(
                        new MemberFigures.Wait(
                                "shop",
                                "ann",
                                "web",
                                4711,
                                12.5,
                                "transactionid",
                                "update t set i=?",
                                List.of(4712),
                                "select from t for update")),
                List.of(standby("b", 1_000), standby("b", 5_000)),
                Optional.empty());
    }

    private static MemberFigures replica() {
        return figures(
                "b",
                0,
                List.of(),
                List.of(),
                Optional.of(new MemberFigures.Behind(5_000, OptionalDouble.of(0.25))));
    }

    private static MemberFigures.Standby standby(String name, long lag) {
        return new MemberFigures.Standby(
                name,
                "10.0.0.2",
                "streaming",
                "sync",
                OptionalLong.of(lag),
                OptionalDouble.of(0.001),
                OptionalDouble.of(0.002),
                OptionalDouble.of(0.003));
    }

    private static MemberFigures figures(
            String member,
            long waiting,
            List<MemberFigures.Wait> waits,
            List<MemberFigures.Standby> standbys,
            Optional<MemberFigures.Behind> behind) {
        return new MemberFigures(
                "shop",
                member,
                AT,
                Optional.empty(),
                new MemberFigures.Sessions(
                        100,
                        Map.of("active", 3L, "idle", 40L, "idle in transaction", 1L),
                        waiting,
                        61),
                waits,
                List.of(
                        new MemberFigures.Contents(
                                "shop", 44, 9_000, 12, 100, 9_900, 1, 2, 3, 4, 5, 0, 1, 0, 0, 777)),
                Optional.of(new MemberFigures.Checkpoints(12, 3, 40.5, 0.2, 999)),
                standbys,
                behind,
                List.of(
                        new MemberFigures.Slot(
                                "shoestring_b",
                                "physical",
                                true,
                                OptionalLong.of(5_000),
                                "reserved")),
                Optional.of(
                        new MemberFigures.Flushing(1_000_000, 500, 2_000_000, 8_000_000, 1, 12)));
    }

    /** A sine with a gap, as the first node has it. */
    @Override
    public HistoryList history(HistoryQuestion question) {
        int count = question.points();
        long span = question.to().getEpochSecond() - question.from().getEpochSecond();
        int seconds = (int) Math.ceilDiv(span, count);
        List<OptionalDouble> means =
                IntStream.range(0, count)
                        .mapToObj(
                                i ->
                                        i > count / 2 && i < count * 6 / 10
                                                ? OptionalDouble.empty()
                                                : OptionalDouble.of(40 + 30 * Math.sin(i / 20.0)))
                        .toList();
        List<OptionalDouble> highs =
                means.stream()
                        .map(it -> it.isEmpty() ? it : OptionalDouble.of(it.getAsDouble() + 8))
                        .toList();
        List<HistoryList.Series> series =
                question.series().stream()
                        .flatMap(InventedFigures::expanded)
                        .map(it -> new HistoryList.Series(it, means, highs))
                        .toList();
        return new HistoryList(
                question.from(),
                seconds,
                count,
                List.of(
                        new HistoryList.NodeHistory("db0", Optional.empty(), series),
                        new HistoryList.NodeHistory("db1", Optional.empty(), series)));
    }

    private static Stream<String> expanded(String series) {
        String place = series.substring(0, series.indexOf('.'));
        return Stream.of(
                series.replace(
                        "*",
                        switch (place) {
                            case "listener" -> "sql";
                            case "member" -> "shop.a";
                            case "server" -> "web.web1";
                            default -> "web";
                        }));
    }

    /** One statement is slower, one is new, one is gone. */
    @Override
    public ChangeList changes(Instant at, Duration length) {
        var before = new ChangeList.Span(at.minus(length), at);
        var after = new ChangeList.Span(at, at.plus(length));
        return new ChangeList(
                at,
                before,
                after,
                List.of(
                        new ChangeList.Change(
                                "statement",
                                "sql",
                                "update pgbench_branches set bbalance=bbalance+? where bid=?",
                                Optional.of(level(40, 0, 900)),
                                Optional.of(level(38, 2, 52_000)),
                                2.1,
                                "57.8 times slower, 5.3 % fail, before 0.0 %"),
                        new ChangeList.Change(
                                "url",
                                "web",
                                "GET /<b>new</b>/{n}",
                                Optional.empty(),
                                Optional.of(level(12, 0, 15_000)),
                                0.18,
                                "new"),
                        new ChangeList.Change(
                                "listener",
                                "",
                                "sql",
                                Optional.of(level(400, 0, 640)),
                                Optional.of(level(380, 2, 650)),
                                0.01,
                                "as before"),
                        new ChangeList.Change(
                                "statement",
                                "sql",
                                "select old from t where id=?",
                                Optional.of(level(5, 0, 4_000)),
                                Optional.empty(),
                                -0.02,
                                "gone")),
                List.of());
    }

    private static ChangeList.Level level(double rate, double failures, double micros) {
        return new ChangeList.Level(
                rate, failures, OptionalDouble.of(micros), OptionalDouble.of(micros * 3));
    }

    @Override
    public SizeList sizes(DatabaseName database) {
        return new SizeList(
                "a",
                Optional.empty(),
                List.of(
                        new DatabaseSize("shop", 31, 9_876_543, 14),
                        new DatabaseSize("reports", 4, 1_234_567, 0)),
                List.of(
                        new RelationSize(
                                "shop",
                                "public.orders",
                                "table",
                                "orders",
                                7_120_000,
                                50_000,
                                3,
                                12),
                        new RelationSize(
                                "shop",
                                "public.orders_pkey",
                                "index",
                                "orders",
                                1_100_000,
                                0,
                                99,
                                0)));
    }
}
