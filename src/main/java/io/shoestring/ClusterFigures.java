package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.Measurements;
import io.shoestring.admin.api.ChangeList;
import io.shoestring.admin.api.FiguresList.Row;
import io.shoestring.admin.api.HistoryList;
import io.shoestring.admin.api.HistoryQuestion;
import io.shoestring.admin.api.NodeFigures;
import io.shoestring.admin.api.SizeList;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberStatus;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.machine.MachineWatch;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** What this node has measured, and, asked when somebody wants to know it, the other nodes. */
final class ClusterFigures implements Measurements {
    private static final String FIGURES = "/figures/now";
    private static final String SIZES = "/figures/sizes";
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration SIZES_PATIENCE = Duration.ofSeconds(12);

    private record AskFigures() {}

    /** Asks a node for the sizes of a member that is on its machine. */
    private record AskSizes(String database, String member) {}

    private final NodeName name;
    private final Supplier<Collection<NodeName>> all;
    private final Traffic traffic;
    private final Supplier<Optional<Databases>> databases;
    private final MachineWatch machine;
    private final HistoryDesk history;
    private final ComparisonDesk comparison;
    private final NodeQuestions questions;

    /**
     * Answers the other nodes from now on.
     *
     * @param all nodes of the cluster, this one too
     */
    ClusterFigures(
            NodeName name,
            Supplier<Collection<NodeName>> all,
            Traffic traffic,
            Supplier<Optional<Databases>> databases,
            MachineWatch machine,
            HistoryDesk history,
            ComparisonDesk comparison,
            NodeQuestions questions) {
        this.name = requireNonNull(name, "name is null");
        this.all = requireNonNull(all, "all is null");
        this.traffic = requireNonNull(traffic, "traffic is null");
        this.databases = requireNonNull(databases, "databases is null");
        this.machine = requireNonNull(machine, "machine is null");
        this.history = requireNonNull(history, "history is null");
        this.comparison = requireNonNull(comparison, "comparison is null");
        this.questions = requireNonNull(questions, "questions is null");
        questions.serve(FIGURES, AskFigures.class, ask -> here());
        questions.serve(
                SIZES,
                AskSizes.class,
                ask -> sizesHere(new DatabaseName(ask.database()), new MemberName(ask.member())));
    }

    @Override
    public List<Row> statements() {
        return traffic.statements();
    }

    @Override
    public List<Row> urls() {
        return traffic.urls();
    }

    @Override
    public NodeFigures here() {
        Optional<Databases> open = databases.get();
        var room = open.map(Databases::fileSystems).orElse(List.of());
        return new NodeFigures(
                name.value(),
                Optional.empty(),
                Optional.of(machine.status().with(room)),
                open.map(it -> it.gauges().figures()).orElse(List.of()));
    }

    @Override
    public List<NodeFigures> nodes() {
        Map<NodeName, NodeFigures> answers =
                questions.askAll(
                        all.get(),
                        FIGURES,
                        new AskFigures(),
                        NodeFigures.class,
                        PATIENCE,
                        this::here,
                        (node, why) ->
                                NodeFigures.none(node.value(), "It does not answer: " + why + "."));
        return List.copyOf(new TreeMap<>(answers).values());
    }

    @Override
    public HistoryList history(HistoryQuestion question) {
        return history.answer(question);
    }

    @Override
    public ChangeList changes(Instant at, Duration length) {
        return comparison.changes(at, length);
    }

    @Override
    public SizeList sizes(DatabaseName database) {
        Optional<MemberStatus> primary = primary(database);
        if (primary.isEmpty()) {
            return SizeList.none("There is no primary that could be asked now.");
        }
        var node = new NodeName(primary.get().node());
        var member = new MemberName(primary.get().name());
        try {
            return node.equals(name)
                    ? sizesHere(database, member)
                    : questions.ask(
                            node,
                            SIZES,
                            new AskSizes(database.value(), member.value()),
                            SizeList.class,
                            SIZES_PATIENCE);
        } catch (IOException e) {
            return SizeList.none("Node " + node + " does not answer: " + e.getMessage() + ".");
        }
    }

    private Optional<MemberStatus> primary(DatabaseName database) {
        Optional<DatabaseStatus> status =
                databases.get().stream()
                        .flatMap(it -> it.node().status().databases().stream())
                        .filter(it -> it.name().equals(database.value()))
                        .findFirst();
        return status.stream()
                .flatMap(it -> it.members().stream())
                .filter(it -> status.get().primary().equals(Optional.of(it.name())))
                .findFirst();
    }

    private SizeList sizesHere(DatabaseName database, MemberName member) {
        return databases
                .get()
                .map(it -> it.gauges().sizes(database, member))
                .orElse(SizeList.none("The node is starting."));
    }
}
