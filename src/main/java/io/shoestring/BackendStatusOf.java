package io.shoestring;

import io.shoestring.health.ServerCheck;
import io.shoestring.model.BackendStatus;
import io.shoestring.model.BackendStatus.CheckStatus;
import io.shoestring.model.BackendStatus.ServerStatus;
import io.shoestring.model.BackendStatus.Traffic;
import io.shoestring.model.RequestFigures;
import io.shoestring.proxy.backend.Administrative;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Circuit;
import io.shoestring.proxy.backend.Server;
import io.shoestring.proxy.backend.ServerCounters;
import io.shoestring.proxy.backend.ServerState;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A backend as the operator sees it. */
final class BackendStatusOf {
    private BackendStatusOf() {}

    static BackendStatus of(
            Backend backend,
            Map<Server, ServerCheck> checks,
            TrafficFigures figures,
            long nowNanos) {
        List<ServerStatus> servers =
                backend.servers().stream()
                        .map(
                                server ->
                                        server(
                                                server,
                                                Optional.ofNullable(checks.get(server)),
                                                figures.of(server),
                                                nowNanos))
                        .toList();
        long up = servers.stream().filter(server -> server.state().equals("up")).count();
        return new BackendStatus(
                backend.name(),
                backend.config().balance().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                up == servers.size(),
                backend.hasServer(),
                summary(backend, up, servers.size()),
                backend.queued(),
                backend.mostQueued(),
                backend.rate(),
                backend.mostRate(),
                servers,
                figures.of(backend));
    }

    private static String summary(Backend backend, long up, int all) {
        if (!backend.hasServer()) {
            return "No server can be used: clients are turned away.";
        }
        return up == all
                ? all == 1 ? "Its server is up." : "All " + all + " servers are up."
                : up + " of " + all + " servers are up.";
    }

    private static ServerStatus server(
            Server server, Optional<ServerCheck> check, RequestFigures requests, long nowNanos) {
        ServerState state = server.state();
        return new ServerStatus(
                server.name(),
                server.endpoint().toString(),
                server.config().backup(),
                word(state),
                why(state),
                seconds(nowNanos - state.sinceNanos()),
                state.effectiveWeight(),
                server.connections(),
                server.mostConnections(),
                server.limit().isPresent()
                        ? OptionalLong.of(server.limit().getAsInt())
                        : OptionalLong.empty(),
                server.taken(),
                server.rate(),
                server.mostRate(),
                server.taken() == 0
                        ? OptionalLong.empty()
                        : OptionalLong.of(seconds(nowNanos - server.lastTakenNanos())),
                traffic(server.counters()),
                check.map(found -> check(found, nowNanos)).orElse(CheckStatus.NONE),
                requests);
    }

    private static String word(ServerState state) {
        if (state.isInMaintenance()) {
            return "maintenance";
        }
        if (!state.located()) {
            return "unknown";
        }
        if (!state.isUp()) {
            return "down";
        }
        return state.isWanted() ? "up" : "drain";
    }

    private static String why(ServerState state) {
        if (state.agent().administrative() != Administrative.READY) {
            return "by its agent";
        }
        if (state.administrative() != Administrative.READY) {
            return "by an operator";
        }
        if (!state.located()) {
            return "its name has no address";
        }
        if (!state.agent().up()) {
            return "its agent says so"
                    + (state.agent().why().isEmpty() ? "" : ": " + state.agent().why());
        }
        if (state.up() && state.circuit().phase() != Circuit.Phase.CLOSED) {
            return (state.circuit().phase() == Circuit.Phase.OPEN ? "out: " : "tried again: ")
                    + state.circuit().why();
        }
        return state.why();
    }

    private static Traffic traffic(ServerCounters counters) {
        return new Traffic(
                counters.bytesIn.sum(),
                counters.bytesOut.sum(),
                counters.connectErrors.sum(),
                counters.retries.sum(),
                counters.redispatches.sum(),
                counters.responseErrors.sum(),
                counters.clientAborts.sum(),
                counters.serverAborts.sum(),
                IntStream.rangeClosed(1, 5).mapToObj(counters::answers).toList());
    }

    private static CheckStatus check(ServerCheck check, long nowNanos) {
        int rise = check.config().rise();
        int fall = check.config().fall();
        if (check.latest().isEmpty()) {
            return new CheckStatus(
                    "INI",
                    "Initializing",
                    OptionalLong.empty(),
                    "",
                    0,
                    OptionalLong.empty(),
                    0,
                    0,
                    rise,
                    rise,
                    fall);
        }
        ServerCheck.Result result = check.latest().get();
        return new CheckStatus(
                result.verdict().code().name(),
                result.verdict().code().description(),
                result.verdict().status().isPresent()
                        ? OptionalLong.of(result.verdict().status().getAsInt())
                        : OptionalLong.empty(),
                result.verdict().text(),
                result.verdict().millis(),
                OptionalLong.of(seconds(nowNanos - result.atNanos())),
                result.failures(),
                result.falls(),
                result.health(),
                rise,
                fall);
    }

    private static long seconds(long nanos) {
        return Math.max(0, TimeUnit.NANOSECONDS.toSeconds(nanos));
    }
}
