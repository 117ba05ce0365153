package io.shoestring.proxy.backend;

import io.shoestring.model.Event.Severity;
import io.shoestring.proxy.backend.Chronicle.Entry;

import java.util.ArrayList;
import java.util.List;

/** What changed, in sentences. */
final class StateSentences {
    private StateSentences() {}

    /** One sentence for each thing that changed. */
    static List<Entry> of(Server server, ServerState before, ServerState after) {
        List<Entry> entries = new ArrayList<>();
        if (before.located() != after.located()) {
            entries.add(location(server, after.located()));
        }
        if (before.up() != after.up()) {
            entries.add(health(server, after.up(), after.why()));
        }
        if (before.circuit().phase() != after.circuit().phase()) {
            entries.add(circuit(server, after.circuit()));
        }
        if (before.agent().up() != after.agent().up()) {
            entries.add(agentsHealth(server, after.agent()));
        }
        if (before.administrative() != after.administrative()) {
            entries.add(administrative(server, after.administrative(), "an operator"));
        }
        if (before.agent().administrative() != after.agent().administrative()) {
            entries.add(administrative(server, after.agent().administrative(), "its agent"));
        }
        if (before.effectiveWeight() != after.effectiveWeight()) {
            entries.add(weight(server, before, after));
        }
        return entries;
    }

    static Entry move(Server server) {
        return new Entry(
                Severity.INFO,
                "%s is at %s now, by an operator; the file says %s"
                        .formatted(name(server), server.endpoint(), server.config().address()));
    }

    static Entry limit(Server server, int most) {
        return new Entry(
                Severity.INFO,
                "%s may have %s, by an operator; the file says %s"
                        .formatted(
                                name(server),
                                most == 0
                                        ? "any number of connections"
                                        : "at most " + most + " connections",
                                server.config().maxConnections().isPresent()
                                        ? "" + server.config().maxConnections().getAsInt()
                                        : "nothing"));
    }

    private static Entry location(Server server, boolean located) {
        String host = server.config().address().host();
        return located
                ? new Entry(Severity.INFO, name(server) + " has an address: " + host + " is known")
                : new Entry(
                        Severity.WARNING,
                        name(server) + " has no address: the name " + host + " is not known");
    }

    private static Entry health(Server server, boolean up, String why) {
        return up
                ? new Entry(Severity.INFO, name(server) + " is up: " + why)
                : new Entry(Severity.WARNING, name(server) + " is down: " + why);
    }

    private static Entry circuit(Server server, Circuit now) {
        return switch (now.phase()) {
            case OPEN ->
                    new Entry(
                            Severity.WARNING,
                            name(server) + " is out of use for a while: " + now.why());
            case TRYING ->
                    new Entry(
                            Severity.INFO,
                            name(server) + " is tried again, by one request at a time");
            case CLOSED ->
                    new Entry(
                            Severity.INFO, name(server) + " is in use again: a request succeeded");
        };
    }

    private static Entry agentsHealth(Server server, ServerState.Agent agent) {
        return agent.up()
                ? new Entry(Severity.INFO, name(server) + " is up again, says its agent")
                : new Entry(
                        Severity.WARNING,
                        name(server) + " is down, says its agent: " + agent.why());
    }

    private static Entry administrative(Server server, Administrative now, String who) {
        String what =
                switch (now) {
                    case READY -> " is ready again, by ";
                    case DRAIN -> " is drained, by ";
                    case MAINTENANCE -> " is in maintenance, by ";
                };
        return new Entry(
                Severity.INFO,
                name(server) + what + who + "; " + connections(server.connections()));
    }

    private static String connections(int count) {
        return count == 1 ? "it has 1 connection" : "it has " + count + " connections";
    }

    private static Entry weight(Server server, ServerState before, ServerState after) {
        return new Entry(
                Severity.INFO,
                "%s has weight %d now; it was %d"
                        .formatted(
                                name(server), after.effectiveWeight(), before.effectiveWeight()));
    }

    static Entry panic(Backend backend, boolean panics) {
        return panics
                ? new Entry(
                        Severity.ERROR,
                        "backend %s has less than %d %% of its servers up: the checks are not"
                                        .formatted(
                                                backend.name(), backend.config().panicThreshold())
                                + " believed, and all are used")
                : new Entry(
                        Severity.INFO,
                        "backend " + backend.name() + " has enough servers up: the checks count");
    }

    static Entry emptiness(Backend backend, boolean empty) {
        return empty
                ? new Entry(Severity.ERROR, "backend " + backend.name() + " has no server left")
                : new Entry(Severity.INFO, "backend " + backend.name() + " has a server again");
    }

    private static String name(Server server) {
        return "server " + server.name() + " of backend " + server.backend().name();
    }
}
