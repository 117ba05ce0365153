package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.shoestring.node.Operations;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;

/** Which request is answered by whom. May block: called on virtual threads. */
final class Routes {
    private static final Logger LOG = LoggerFactory.getLogger(Routes.class);

    private final Gate gate;
    private final HostCheck hostCheck;
    private final Operations operations;
    private final String version;
    private final Api api;
    private final BackendApi backends;
    private final FiguresApi figures;
    private final MachineApi machines;
    private final ConfigurationApi configuration;
    private final Page page = new Page();

    Routes(
            Gate gate,
            HostCheck hostCheck,
            Operations operations,
            String version,
            Api api,
            BackendApi backends,
            FiguresApi figures,
            MachineApi machines,
            ConfigurationApi configuration) {
        this.gate = requireNonNull(gate, "gate is null");
        this.hostCheck = requireNonNull(hostCheck, "hostCheck is null");
        this.operations = requireNonNull(operations, "operations is null");
        this.version = requireNonNull(version, "version is null");
        this.api = requireNonNull(api, "api is null");
        this.backends = requireNonNull(backends, "backends is null");
        this.figures = requireNonNull(figures, "figures is null");
        this.machines = requireNonNull(machines, "machines is null");
        this.configuration = requireNonNull(configuration, "configuration is null");
    }

    /** Answers every request, if only with a problem. */
    Answer answer(Request request) {
        try {
            return route(request);
        } catch (Refusal refusal) {
            return Answer.problem(refusal);
        } catch (RuntimeException e) {
            LOG.error("{} {} failed", request.method(), request.path(), e);
            return Answer.problem(
                    HttpResponseStatus.INTERNAL_SERVER_ERROR,
                    "The node failed to answer; its log says why.");
        }
    }

    private Answer route(Request request) throws Refusal {
        List<String> path = request.segments();
        if (path.equals(List.of("health"))) {
            Refusal.unlessMethod(request, "GET");
            return Answer.json(OK, Map.of("ok", true));
        }
        hostCheck.check(request);
        if (path.size() > 2 && path.subList(0, 2).equals(List.of("api", "v1"))) {
            gate.admit(request);
            List<String> below = path.subList(2, path.size());
            return switch (below.getFirst()) {
                case "backends" -> backends.answer(request, below.subList(1, below.size()));
                case "statements", "urls" -> figures.answer(request, below);
                case "configuration" -> configuration.answer(request, below);
                default -> answer(request, below);
            };
        }
        if (path.equals(List.of("metrics"))) {
            gate.admit(request);
            return backends.metrics(request);
        }
        if (path.size() == 1 && path.getFirst().startsWith("haproxy")) {
            gate.admit(request);
            return backends.statistics(request, path.getFirst());
        }
        return routePage(request, path);
    }

    private Answer answer(Request request, List<String> below) throws Refusal {
        return switch (String.join("/", below)) {
            case "machines" -> machines.machines(request);
            case "sizes" -> machines.sizes(request);
            case "history" -> machines.history(request);
            default -> api.answer(request, below);
        };
    }

    private Answer routePage(Request request, List<String> path) throws Refusal {
        if (path.size() == 2 && path.getFirst().equals("assets")) {
            Refusal.unlessMethod(request, "GET");
            return page.asset(request, path.get(1));
        }
        return switch (String.join("/", path)) {
            case "" -> shell(request);
            case "login" -> logIn(request);
            case "logout" -> logOut(request);
            default -> throw Refusal.notFound("There is nothing at " + request.path() + ".");
        };
    }

    private Answer shell(Request request) throws Refusal {
        Refusal.unlessMethod(request, "GET");
        return gate.hasSession(request)
                ? page.shell(operations.status().cluster(), version)
                : Answer.seeOther("/login" + onceQuery(request));
    }

    private Answer logIn(Request request) throws Refusal {
        boolean once = request.parameter("once").isPresent();
        if (request.method().equals("GET")) {
            return page.loginForm(OK, "", once);
        }
        Refusal.unlessMethod(request, "POST");
        try {
            String session = gate.logIn(request, offeredToken(request));
            return Answer.seeOther("/" + onceQuery(request))
                    .with(HttpHeaderNames.SET_COOKIE, cookie(request, session));
        } catch (Refusal refusal) {
            return page.loginForm(refusal.status(), refusal.sentence(), once);
        }
    }

    private Answer logOut(Request request) throws Refusal {
        Refusal.unlessMethod(request, "POST");
        gate.logOut(request);
        return Answer.seeOther("/login")
                .with(HttpHeaderNames.SET_COOKIE, cookie(request, "") + "; Max-Age=0");
    }

    private static String offeredToken(Request request) throws Refusal {
        if (!request.hasContentType("application/x-www-form-urlencoded")) {
            throw new Refusal(
                    HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, "Send the form of the log-in page.");
        }
        List<String> tokens =
                new QueryStringDecoder(request.body(), false).parameters().get("token");
        return tokens == null || tokens.isEmpty() ? "" : tokens.getFirst().strip();
    }

    private static String cookie(Request request, String session) {
        return Gate.cookieName(request) + "=" + session + "; Path=/; HttpOnly; SameSite=Strict";
    }

    private static String onceQuery(Request request) {
        return request.parameter("once").isPresent() ? "?once=1" : "";
    }
}
