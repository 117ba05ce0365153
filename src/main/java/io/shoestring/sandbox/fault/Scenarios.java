package io.shoestring.sandbox.fault;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Every fault that can be made here. */
public final class Scenarios {
    private static final OptionalInt NO_FENCE = OptionalInt.empty();
    private static final String ANOTHER_ADDRESS =
            "  another: { address: 10.77.0.150/24, follows: primary of shop }\n";

    private static final List<Scenario> ALL =
            List.of(
                    new Scenario(
                            "server-crash",
                            "the primary's server process is killed (SIGKILL)",
                            5,
                            NO_FENCE,
                            2,
                            true,
                            (stage, primary) ->
                                    stage.postmaster(primary)
                                            .ifPresent(ProcessHandle::destroyForcibly)),
                    new Scenario(
                            "machine-loss",
                            "the primary's machine loses its power",
                            15,
                            NO_FENCE,
                            3,
                            true,
                            (stage, primary) -> stage.machine(primary).powerOff()),
                    new Scenario(
                            "machine-frozen",
                            "everything on the primary's machine stands still (SIGSTOP) for 20 s,"
                                    + " and goes on then",
                            15,
                            NO_FENCE,
                            20,
                            true,
                            (stage, primary) -> stage.machine(primary).freeze()),
                    new Scenario(
                            "power-cut",
                            "all machines lose their power at once, and have it again 3 s later",
                            30,
                            NO_FENCE,
                            5,
                            false,
                            (stage, primary) -> stage.cutPower(Duration.ofSeconds(3))),
                    new Scenario(
                            "machine-isolated",
                            "the primary's machine hears nobody any more, and goes on",
                            15,
                            OptionalInt.of(8),
                            12,
                            true,
                            (stage, primary) -> stage.network().isolate(primary)),
                    new Scenario(
                            "machine-fenced",
                            "the primary's machine hears nobody any more, and a fence command"
                                    + " switches it off",
                            15,
                            OptionalInt.of(8),
                            6,
                            true,
                            new FencedIsolation()),
                    new Scenario(
                            "node-killed",
                            "Shoestring is killed on the primary's machine; the server goes on",
                            15,
                            OptionalInt.of(8),
                            10,
                            true,
                            (stage, primary) -> stage.node(primary).kill()),
                    new Scenario(
                            "node-ended",
                            "Shoestring is ended in order (SIGTERM) on the primary's machine, and"
                                    + " does not come back for 12 s",
                            15,
                            OptionalInt.of(8),
                            12,
                            true,
                            (stage, primary) -> stage.node(primary).end()),
                    new Scenario(
                            "node-frozen",
                            "Shoestring is stopped (SIGSTOP) on the primary's machine for 15 s, and"
                                    + " goes on then",
                            16,
                            OptionalInt.of(8),
                            15,
                            true,
                            (stage, primary) -> stage.node(primary).freeze()),
                    new Scenario(
                            "replica-crash",
                            "the replica's server process is killed (SIGKILL)",
                            10,
                            NO_FENCE,
                            3,
                            false,
                            (stage, primary) ->
                                    stage.postmaster(Stage.other(primary))
                                            .ifPresent(ProcessHandle::destroyForcibly)),
                    new Scenario(
                            "replica-machine-loss",
                            "the replica's machine loses its power",
                            10,
                            NO_FENCE,
                            3,
                            false,
                            (stage, primary) -> stage.machine(Stage.other(primary)).powerOff()),
                    new Scenario(
                            "voter-loss",
                            "the machine that only votes loses its power",
                            5,
                            NO_FENCE,
                            5,
                            false,
                            (stage, primary) -> stage.machine(Stage.WITNESS).powerOff()),
                    new Scenario(
                            "configuration",
                            "another configuration of the database, its listener and its addresses"
                                    + " is applied to the cluster",
                            3,
                            NO_FENCE,
                            2,
                            false,
                            (stage, primary) -> stage.apply(Scenarios::otherwise)),
                    new Scenario(
                            "voter-replaced",
                            "the machine that only votes is taken out of the cluster, and a new"
                                    + " one in",
                            3,
                            NO_FENCE,
                            2,
                            false,
                            (stage, primary) -> stage.replaceVoter()));

    private Scenarios() {}

    /**
     * The agents, the listener and the addresses of every node begin anew; nobody has to notice.
     */
    private static String otherwise(String configuration) {
        boolean before = configuration.contains(ANOTHER_ADDRESS);
        return before
                ? configuration
                        .replace(", priority: 90 }", " }")
                        .replace(", hold: 20s }", " }")
                        .replace(ANOTHER_ADDRESS, "")
                : configuration
                        .replaceAll("(port: \\d+) }", "$1, priority: 90 }")
                        .replace("reads: replicas }", "reads: replicas, hold: 20s }")
                        .concat(ANOTHER_ADDRESS);
    }

    /** In the order in which they are played. */
    public static List<Scenario> all() {
        return Stream.of(
                        ALL,
                        NetworkScenarios.all(),
                        ServerScenarios.all(),
                        List.of(SeventeenSteps.SCENARIO))
                .flatMap(List::stream)
                .toList();
    }

    /** What takes long, and is no fault: only by its name. */
    static List<Scenario> campaigns() {
        return List.of(Life.SCENARIO);
    }

    /** The one of that name. */
    public static Optional<Scenario> find(String name) {
        return Stream.concat(all().stream(), campaigns().stream())
                .filter(scenario -> scenario.name().equals(name))
                .findFirst();
    }
}
