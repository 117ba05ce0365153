package io.shoestring.node;

import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;

import tools.jackson.core.JacksonException;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** Answers what other nodes ask this one, for its agents and, while it has one, its conductor. */
final class NodeCalls {
    private static final Wire.Trouble DECIDES_NOT = new Wire.Trouble("it does not decide");

    private interface Answer<T> {
        Object to(NodeName from, T question) throws InterruptedException;
    }

    private final Supplier<Wire.Present> present;
    private final Map<DatabaseName, Agents> agents;
    private final Supplier<Optional<Conductor>> conductor;
    private final Supplier<Optional<ClusterStatus>> status;
    private final Function<NodeName, Wire.Reaches> reaches;
    private final BiFunction<
                    DatabaseName, Function<DatabaseLoop, Operations.Reply>, Operations.Reply>
            commands;

    NodeCalls(
            Supplier<Wire.Present> present,
            Map<DatabaseName, Agents> agents,
            Supplier<Optional<Conductor>> conductor,
            Supplier<Optional<ClusterStatus>> status,
            Function<NodeName, Wire.Reaches> reaches,
            BiFunction<DatabaseName, Function<DatabaseLoop, Operations.Reply>, Operations.Reply>
                    commands) {
        this.present = present;
        this.agents = Map.copyOf(agents);
        this.conductor = conductor;
        this.status = status;
        this.reaches = reaches;
        this.commands = commands;
    }

    void serve(Channel channel) {
        on(
                channel,
                Wire.REACHES,
                Wire.AskReaches.class,
                (from, ask) -> reaches.apply(new NodeName(ask.node())));
        on(channel, Wire.PING, Wire.Nothing.class, (from, nothing) -> present.get());
        on(
                channel,
                Wire.LOOK,
                Wire.AskLook.class,
                (from, ask) -> {
                    Optional<Agents> there = of(ask.database());
                    return there.isPresent() ? there.get().look(ask) : unknown(ask.database());
                });
        on(
                channel,
                Wire.PERFORM,
                Wire.AskPerform.class,
                (from, ask) -> {
                    Optional<Agents> there = of(ask.database());
                    return there.isPresent() ? there.get().perform(ask) : unknown(ask.database());
                });
        on(
                channel,
                Wire.EXITS,
                Wire.AskExits.class,
                (from, ask) -> {
                    Optional<Agents> there = of(ask.database());
                    return there.isPresent() ? there.get().exits(ask) : unknown(ask.database());
                });
        serveConductor(channel);
    }

    private void serveConductor(Channel channel) {
        on(
                channel,
                Wire.TOPOLOGY,
                Wire.AskTopology.class,
                (from, ask) -> {
                    Optional<Conductor> here = conductor.get();
                    return here.isPresent()
                            ? here.get().topology(from, ask)
                            : new Wire.Parts(0, 0, List.of());
                });
        on(
                channel,
                Wire.STATUS,
                Wire.Nothing.class,
                (from, nothing) -> status.get().<Object>map(it -> it).orElse(DECIDES_NOT));
        on(
                channel,
                Wire.SWITCHOVER,
                Wire.OrderedSwitchover.class,
                (from, command) ->
                        commands.apply(
                                new DatabaseName(command.database()),
                                loop ->
                                        loop.commands()
                                                .switchover(
                                                        command.order(),
                                                        present.get().timeOfDay())));
        on(
                channel,
                Wire.PAUSE,
                Wire.Command.class,
                (from, command) ->
                        commands.apply(
                                new DatabaseName(command.database()),
                                loop -> loop.commands().pause(command.off())));
        on(
                channel,
                Wire.RESTART,
                Wire.OrderedRestart.class,
                (from, command) ->
                        commands.apply(
                                new DatabaseName(command.database()),
                                loop -> loop.commands().restart(command.order())));
        on(
                channel,
                Wire.OFFLINE,
                Wire.Command.class,
                (from, command) ->
                        commands.apply(
                                new DatabaseName(command.database()),
                                loop ->
                                        loop.commands()
                                                .offline(
                                                        new MemberName(command.to().orElse("")),
                                                        command.off())));
    }

    private Optional<Agents> of(String database) {
        return Optional.ofNullable(agents.get(new DatabaseName(database)));
    }

    private static Wire.Trouble unknown(String database) {
        return new Wire.Trouble(
                "it knows no database " + database + ": the nodes' configuration differs");
    }

    private static <T> void on(Channel channel, String path, Class<T> kind, Answer<T> answer) {
        channel.serve(
                path,
                (from, request) -> {
                    try {
                        return Wire.write(answer.to(from, Wire.read(request, kind)));
                    } catch (JacksonException e) {
                        return Wire.write(
                                new Wire.Trouble(
                                        "it cannot read the question: " + e.getOriginalMessage()));
                    }
                });
    }
}
