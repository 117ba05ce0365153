package io.shoestring.config;

import io.shoestring.config.BackendConfig.ProxyProtocol;
import io.shoestring.model.Endpoint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What must hold between listeners and the rest: known databases and backends, and no address
 * twice.
 */
final class ListenerChecks {
    /** Whose listeners lead to backends. */
    private static final Set<ListenerConfig.Protocol> LEADING =
            Set.of(ListenerConfig.Protocol.TCP, ListenerConfig.Protocol.HTTP);

    private static final Pattern GROUP = Pattern.compile("\\$[0-9]");

    private final Fields root;
    private final Problems problems;

    ListenerChecks(Fields root, Problems problems) {
        this.root = root;
        this.problems = problems;
    }

    /** A value that claims an address on every node, or a member that does on one. */
    private record Claim(String owner, Endpoint endpoint) {
        boolean collidesWith(Endpoint other) {
            return Addresses.overlap(endpoint.host(), other.host());
        }
    }

    void run() {
        Fields listeners = root.table(Keys.LISTENERS);
        References databases = References.optional("database", Keys.DATABASES, root, problems);
        References backends = References.optional("backend", BackendKeys.BACKENDS, root, problems);
        for (String name : listeners.names()) {
            Fields listener = listeners.child(name);
            listener.value(Keys.LISTENER_DATABASE).ifPresent(databases::check);
            listener.value(BackendKeys.TCP_DEFAULT_BACKEND).ifPresent(backends::check);
            checkRoutes(listener, backends);
            if (isPostgresql(listener)) {
                DatabaseRouteKeys.check(listener, databases, problems);
            }
            AccessKeys.check(listener, problems);
            AccessLogKeys.check(listener, problems);
            SourceKeys.check(listener, problems);
            if (leads(listener)) {
                TlsKeys.check(listener, root.names().contains(AcmeKeys.ACME.name()), problems);
            }
            PoolKeys.check(listener.section(PoolKeys.POOL), problems);
            ServerTlsKeys.check(listener, ServerTlsKeys.LISTENER_TLS, problems);
        }
        AcmeKeys.check(root, problems);
        Fields all = root.table(Keys.DATABASES);
        all.names()
                .forEach(name -> ServerTlsKeys.check(all.child(name), ServerTlsKeys.TLS, problems));
        checkBindings(listeners);
        checkThatThereIsSomething();
    }

    private static boolean isPostgresql(Fields listener) {
        return listener.value(Keys.PROTOCOL)
                .filter(each -> each.value() == ListenerConfig.Protocol.POSTGRESQL)
                .isPresent();
    }

    private static boolean leads(Fields listener) {
        return listener.value(Keys.PROTOCOL)
                .filter(each -> LEADING.contains(each.value()))
                .isPresent();
    }

    private void checkRoutes(Fields listener, References backends) {
        Fields routes = listener.items(RouteKeys.ROUTES);
        routes.names().stream()
                .flatMap(each -> routes.child(each).value(RouteKeys.BACKEND).stream())
                .forEach(backends::check);
        boolean leadsNowhere =
                Stream.of(RouteKeys.ROUTES, RouteKeys.REDIRECTS, BackendKeys.DEFAULT_BACKEND)
                        .noneMatch(key -> listener.names().contains(key.name()));
        if (leads(listener) && leadsNowhere) {
            problems.add(
                    listener.spot(), "has neither routes nor a backend; expected at least one");
        }
        boolean http =
                listener.value(Keys.PROTOCOL)
                        .filter(each -> each.value() == ListenerConfig.Protocol.HTTP)
                        .isPresent();
        if (http) {
            checkProxyProtocol(listener, routes);
            Fields redirects = listener.items(RouteKeys.REDIRECTS);
            redirects.names().forEach(each -> checkRedirect(redirects.child(each)));
            routes.names().forEach(each -> checkRewrite(routes.child(each)));
            GuardKeys.check(listener, problems);
        }
    }

    /** No group that there is none of. */
    private void checkRewrite(Fields route) {
        int groups =
                route.value(RouteKeys.PATH_MATCHES)
                        .map(pattern -> pattern.value().matcher("").groupCount())
                        .orElse(0);
        route.value(RouteKeys.REWRITE).ifPresent(rewrite -> checkGroups(rewrite, groups));
    }

    private void checkGroups(Placed<String> rewrite, int groups) {
        GROUP.matcher(rewrite.value())
                .results()
                .map(found -> found.group().charAt(1) - '0')
                .filter(group -> group > groups)
                .findFirst()
                .ifPresent(
                        group ->
                                problems.add(
                                        rewrite.spot(),
                                        "has $%d, and path-matches has only %d groups"
                                                .formatted(group, groups)));
    }

    private void checkRedirect(Fields redirect) {
        redirect.value(RouteKeys.REDIRECT_STATUS)
                .filter(status -> status.value() > 303 && status.value() < 307)
                .ifPresent(
                        status ->
                                problems.add(
                                        status.spot(),
                                        status.value()
                                                + " is no redirect; expected 301, 302, 303, 307 or"
                                                + " 308"));
    }

    /** A connection to a server is used for the requests of many clients. */
    private void checkProxyProtocol(Fields listener, Fields routes) {
        Fields backends = root.table(BackendKeys.BACKENDS);
        Stream.concat(
                        routes.names().stream()
                                .flatMap(
                                        each ->
                                                routes
                                                        .child(each)
                                                        .value(RouteKeys.BACKEND)
                                                        .stream()),
                        listener.value(BackendKeys.DEFAULT_BACKEND).stream())
                .filter(
                        backend ->
                                backends.child(backend.value())
                                        .value(ProxyHeaderKeys.SENT)
                                        .filter(Placed::written)
                                        .filter(sent -> sent.value() != ProxyProtocol.NONE)
                                        .isPresent())
                .forEach(
                        backend ->
                                problems.add(
                                        backend.spot(),
                                        "backend %s has proxy-protocol, which is only for tcp listeners"
                                                .formatted(Quoted.text(backend.value())),
                                        Optional.of(
                                                "servers are told of clients by `forwarded`"
                                                        + " here")));
    }

    private void checkThatThereIsSomething() {
        boolean nothing =
                Stream.of(Keys.LISTENERS, Keys.DATABASES)
                        .noneMatch(key -> root.names().contains(key.name()));
        if (nothing && root.isReadable()) {
            problems.add(
                    root.spot(),
                    "has neither listeners nor databases; expected at least one of them");
        }
    }

    private void checkBindings(Fields listeners) {
        Map<Integer, List<Claim>> claimsByPort = claimsOfMembers();
        addNodePorts(claimsByPort);
        for (Placed<Endpoint> bind : bindings(listeners)) {
            Endpoint endpoint = bind.value();
            var claims = claimsByPort.computeIfAbsent(endpoint.port(), _ -> new ArrayList<>());
            claims.stream()
                    .filter(claim -> claim.collidesWith(endpoint))
                    .findFirst()
                    .ifPresent(claim -> report(bind, claim));
            claims.add(new Claim(bind.spot().path(), endpoint));
        }
    }

    /** Each node listens for the others on its own address. */
    private void addNodePorts(Map<Integer, List<Claim>> claims) {
        Fields cluster = root.section(Keys.CLUSTER);
        for (Key.Value<Integer> key : Keys.NODE_PORTS) {
            cluster.value(key).ifPresent(port -> addNodePort(claims, key, port.value()));
        }
    }

    private void addNodePort(Map<Integer, List<Claim>> claims, Key.Value<Integer> key, int port) {
        Fields nodes = root.section(Keys.CLUSTER).table(Keys.NODES);
        for (String name : nodes.names()) {
            nodes.value(name, Keys.NODE)
                    .map(host -> new Endpoint(host.value(), port))
                    .map(at -> new Claim("cluster." + key.name(), at))
                    .ifPresent(claims.computeIfAbsent(port, _ -> new ArrayList<>())::add);
        }
    }

    private Map<Integer, List<Claim>> claimsOfMembers() {
        Map<Integer, List<Claim>> claims = new HashMap<>();
        for (FoundMember member : FoundMember.all(root)) {
            member.endpoint()
                    .ifPresent(
                            endpoint ->
                                    claims.computeIfAbsent(endpoint.port(), _ -> new ArrayList<>())
                                            .add(new Claim(member.path(), endpoint)));
        }
        return claims;
    }

    /** Defaults come first, so that a problem is told where something can be changed. */
    private List<Placed<Endpoint>> bindings(Fields listeners) {
        List<Placed<Endpoint>> bindings = new ArrayList<>();
        for (String name : listeners.names()) {
            listeners.child(name).value(Keys.LISTENER_BIND).ifPresent(bindings::add);
        }
        root.section(Keys.ADMIN).value(Keys.ADMIN_BIND).ifPresent(bindings::add);
        // Port 0 is a different free port each time.
        bindings.removeIf(bind -> bind.value().port() == 0);
        bindings.sort(
                Comparator.comparing((Placed<Endpoint> bind) -> bind.written())
                        .thenComparingInt(bind -> bind.spot().line())
                        .thenComparingInt(bind -> bind.spot().column()));
        return bindings;
    }

    private void report(Placed<Endpoint> bind, Claim claim) {
        problems.add(
                bind.spot(),
                "%s collides with %s of %s"
                        .formatted(bind.value(), claim.endpoint(), claim.owner()),
                Optional.of("choose another port"));
    }
}
