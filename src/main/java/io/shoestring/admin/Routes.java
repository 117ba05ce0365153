package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.shoestring.admin.Balancers.Wish;
import io.shoestring.node.Operations;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which request is answered by whom: the routes, and the page. May block: called on virtual
 * threads.
 */
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
        boolean forPrograms =
                (path.size() > 1 && path.getFirst().equals("api"))
                        || (path.size() == 1 && path.getFirst().matches("metrics|haproxy.*"));
        return forPrograms ? serve(request) : routePage(request, path);
    }

    /** Whoever may not come in does not hear what there is, either. */
    private Answer serve(Request request) throws Refusal {
        gate.identify(request);
        Route.Match match = Route.of(request);
        Visitor visitor = gate.admit(request, match.route().role());
        return serve(match.route(), new Call(request, visitor, match.variables()));
    }

    private Answer serve(Route route, Call call) throws Refusal {
        Request request = call.request();
        return switch (route) {
            case STATUS -> api.status();
            case EVENTS -> api.events(request);
            case WHY -> api.why(request);
            case STREAM -> api.stream(request, () -> gate.stillAdmits(request, call.visitor()));
            case STATEMENTS -> figures.statements(request);
            case URLS -> figures.urls(request);
            case MACHINES -> machines.machines();
            case SIZES -> machines.sizes(request);
            case CHANGES -> machines.changes(request);
            case HISTORY -> machines.history(request);
            case SWITCHOVER -> api.switchover(call);
            case RESTART -> api.restart(call);
            case FAILOVER -> api.failover(call);
            case PAUSE -> api.pause(call, true);
            case RESUME -> api.pause(call, false);
            case OFFLINE -> api.offline(call, true);
            case ONLINE -> api.offline(call, false);
            case MOVE -> api.move(call);
            case BALANCE -> api.balance(call);
            case DRAIN -> backends.want(call, Wish.DRAIN);
            case READY -> backends.want(call, Wish.READY);
            case MAINTENANCE -> backends.want(call, Wish.MAINTENANCE);
            case WEIGHT -> backends.weigh(call);
            case CONFIGURATION -> configuration.apply(call);
            case METRICS -> backends.metrics(request);
            case HAPROXY -> backends.statistics(request);
            case DESCRIPTION -> Answer.text(OK, "application/json", OpenApi.text());
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
        Optional<Visitor> visitor = gate.session(request);
        return visitor.isPresent()
                ? page.shell(operations.status().cluster(), version, visitor.get())
                : Answer.seeOther("/login" + onceQuery(request));
    }

    private Answer logIn(Request request) throws Refusal {
        boolean once = request.parameter("once").isPresent();
        if (request.method().equals("GET")) {
            return page.loginForm(OK, "", once, gate.hasUsers());
        }
        Refusal.unlessMethod(request, "POST");
        try {
            String session = gate.logIn(request, offered(request));
            return Answer.seeOther("/" + onceQuery(request))
                    .with(HttpHeaderNames.SET_COOKIE, cookie(request, session));
        } catch (Refusal refusal) {
            Answer.Whole form =
                    page.loginForm(refusal.status(), refusal.sentence(), once, gate.hasUsers());
            return new Answer.Whole(form.status(), form.type(), form.body(), refusal.headers());
        }
    }

    private Answer logOut(Request request) throws Refusal {
        Refusal.unlessMethod(request, "POST");
        gate.logOut(request);
        return Answer.seeOther("/login")
                .with(HttpHeaderNames.SET_COOKIE, cookie(request, "") + "; Max-Age=0");
    }

    private static Gate.Credentials offered(Request request) throws Refusal {
        if (!request.hasContentType("application/x-www-form-urlencoded")) {
            throw new Refusal(
                    HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, "Send the form of the log-in page.");
        }
        Map<String, List<String>> form = new QueryStringDecoder(request.body(), false).parameters();
        return new Gate.Credentials(first(form, "user"), first(form, "token"));
    }

    private static String first(Map<String, List<String>> form, String name) {
        return form.getOrDefault(name, List.of("")).getFirst().strip();
    }

    private static String cookie(Request request, String session) {
        return Gate.cookieName(request)
                + "="
                + session
                + "; Path=/; HttpOnly; SameSite=Strict"
                + (request.secure() ? "; Secure" : "");
    }

    private static String onceQuery(Request request) {
        return request.parameter("once").isPresent() ? "?once=1" : "";
    }
}
