package io.shoestring.simulation;

import static org.assertj.core.api.Assertions.fail;

import io.shoestring.model.Action;
import io.shoestring.model.MemberName;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** What each action does to a simulated server, step by step. */
final class Agent {
    private final Servers servers;
    private final Predicate<MemberName> frozen;

    /**
     * @param frozen whether a member's whole machine is: it is stopped before it has done anything
     *     more
     */
    Agent(Servers servers, Predicate<MemberName> frozen) {
        this.servers = servers;
        this.frozen = frozen;
    }

    Script script(Action.OnMember action) {
        Server server = servers.of(action.member());
        return switch (action) {
            case Action.Promote promote -> promote(server, promote.synchronous());
            case Action.StartPrimary start -> start(server, start);
            case Action.Follow follow -> follow(server, servers.of(follow.upstream().name()));
            case Action.Cascade cascade -> cascade(server, servers.of(cascade.upstream().name()));
            case Action.SetSynchronous set -> setSynchronous(server, set);
            case Action.Block block -> block(server, block);
            case Action.Detach detach ->
                    new Script()
                            .await(() -> server.running() && !server.paused(), "no answer")
                            .act(1, 30, server::detach);
            case Action.Checkpoint checkpoint ->
                    new Script()
                            .act(20, 300, () -> {})
                            .await(() -> server.primary() && !server.paused(), "no answer");
            case Action.Restart restart -> restart(server, servers.of(restart.upstream().name()));
            case Action.Stop stop -> stop(server);
            case Action.Fence fence -> new Script().act(1, 50, server::kill);
        };
    }

    private Script promote(Server server, Set<MemberName> names) {
        return new Script()
                .act(1, 10, () -> startReplica(server))
                .await(() -> server.running() && !server.paused(), "it does not run")
                .act(
                        20,
                        400,
                        () -> {
                            noOtherPrimary(server);
                            if (server.running() && server.wasReplica()) {
                                server.promote(names);
                            }
                        })
                .await(server::primary, "it was not promoted");
    }

    private static void startReplica(Server server) {
        if (server.stopped() && server.wasReplica() && !server.broken() && !server.empty()) {
            server.start(Set.of());
        }
    }

    private void noOtherPrimary(Server promoted) {
        servers.all().stream()
                .filter(other -> other != promoted && other.primary() && !other.byHand())
                .filter(other -> !other.justResumed())
                .filter(other -> !frozen.test(other.name()))
                .forEach(
                        other ->
                                fail(
                                        "%s is promoted while %s takes writes",
                                        promoted.name(), other.name()));
    }

    private static Script start(Server server, Action.StartPrimary action) {
        return new Script()
                .act(
                        5,
                        30,
                        () -> {
                            if (server.stopped()) {
                                if (server.wasReplica() || server.empty() || server.broken()) {
                                    fail(
                                            "%s is started as a primary on a replica's data",
                                            server.name());
                                }
                                server.start(action.synchronous());
                            }
                        })
                .await(server::primary, "it does not start");
    }

    private Script follow(Server server, Server upstream) {
        if (server.primary() && server.byHand()) {
            return new Script().await(() -> !server.primary(), "it takes writes");
        }
        if (server.primary()) {
            fail("%s is made a replica while it takes writes", server.name());
        }
        return new Script()
                .act(5, 50, () -> {})
                .branch(
                        () -> {
                            if (server.empty() || server.broken()) {
                                return clone(server, upstream);
                            }
                            if (server.prefixOf(upstream) && server.wasReplica()) {
                                return point(server, upstream);
                            }
                            return rewind(server, upstream);
                        })
                .await(
                        () -> server.streamsFrom(upstream) || server.holdsBack(),
                        "it does not stream");
    }

    private static Script cascade(Server server, Server upstream) {
        return new Script()
                .await(() -> server.running() && !server.paused(), "no answer")
                .act(1, 20, () -> server.follow(upstream))
                .await(() -> server.streamsFrom(upstream), "it does not stream");
    }

    private static Script point(Server server, Server upstream) {
        return new Script()
                .act(
                        1,
                        20,
                        () -> {
                            server.follow(upstream);
                            startReplica(server);
                        });
    }

    private static Script rewind(Server server, Server upstream) {
        return new Script()
                .act(1, 50, server::kill)
                .await(() -> upstream.primary() && !upstream.paused(), "no primary to rewind to")
                .act(1, 10, server::breakForRewind)
                .act(
                        100,
                        1_000,
                        () -> {
                            if (upstream.primary()) {
                                server.rewindTo(upstream);
                            }
                        })
                .act(1, 10, () -> server.follow(upstream))
                .act(1, 10, () -> startReplica(server));
    }

    private static Script clone(Server server, Server upstream) {
        return new Script()
                .act(1, 50, server::kill)
                .act(1, 50, server::erase)
                .act(
                        300,
                        2_500,
                        () -> {
                            if (upstream.primary() && !upstream.paused()) {
                                server.copy(upstream);
                            }
                        })
                .await(() -> !server.empty(), "the primary went away during the copy")
                .act(1, 10, () -> server.follow(upstream))
                .act(1, 10, () -> startReplica(server));
    }

    private static Script setSynchronous(Server server, Action.SetSynchronous action) {
        int[] barrier = new int[1];
        return new Script()
                .await(() -> server.primary() && !server.paused(), "it does not answer")
                .act(1, 20, () -> server.setSynchronous(action.names()))
                .await(() -> server.proves(action.names(), 0), "the setting is not in force")
                .act(1, 30, () -> barrier[0] = server.end())
                .await(
                        () -> server.proves(action.names(), barrier[0]),
                        "the standbys do not catch up");
    }

    private static Script block(Server server, Action.Block action) {
        return new Script()
                .await(() -> server.primary() && !server.paused(), "it does not answer")
                .act(1, 20, () -> server.setSynchronous(action.names()))
                .await(() -> server.obeys(action.names()), "the setting is not in force");
    }

    private Script stop(Server server) {
        return new Script()
                .await(() -> server.running() && !server.paused(), "it does not answer")
                .act(5, 30, server::beginStop)
                .await(
                        () -> server.stopped() || server.sentEverything(others(server)),
                        "a replica does not take the last of the log")
                .act(
                        1,
                        20,
                        () -> {
                            if (!server.stopped()) {
                                server.endStop();
                            }
                        });
    }

    private Script restart(Server server, Server upstream) {
        if (server.primary()) {
            fail("%s is restarted as a replica while it takes writes", server.name());
        }
        return new Script().branch(() -> stop(server)).branch(() -> follow(server, upstream));
    }

    private List<Server> others(Server server) {
        return servers.all().stream().filter(other -> other != server).toList();
    }
}
