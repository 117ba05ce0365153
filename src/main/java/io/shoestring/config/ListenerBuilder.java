package io.shoestring.config;

import io.shoestring.config.HttpListenerConfig.Route;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Makes the records of listeners before backends. */
final class ListenerBuilder {
    private final UnaryOperator<Path> resolve;

    /**
     * @param resolve makes a path of the file absolute
     */
    ListenerBuilder(UnaryOperator<Path> resolve) {
        this.resolve = resolve;
    }

    TcpListenerConfig tcp(String name, Fields fields) {
        return new TcpListenerConfig(
                name,
                fields.sound(BackendKeys.TCP_BIND),
                fields.value(BackendKeys.TCP_DEFAULT_BACKEND).map(Placed::value),
                tcpRoutes(fields.items(BackendKeys.TCP_ROUTES)),
                fields.sound(BackendKeys.CLIENT_TIMEOUT),
                fields.sound(Keys.MAX_CONNECTIONS),
                TlsKeys.build(fields, resolve),
                fields.values(ProxyHeaderKeys.PROXIES, ProxyHeaderKeys.PROXY));
    }

    private static List<TcpListenerConfig.Route> tcpRoutes(Fields list) {
        return list.names().stream()
                .map(list::child)
                .map(
                        route ->
                                new TcpListenerConfig.Route(
                                        route.sound(BackendKeys.SERVER_NAME),
                                        route.sound(BackendKeys.TCP_ROUTE_BACKEND)))
                .toList();
    }

    HttpListenerConfig http(String name, Fields fields) {
        List<Route> routes = new ArrayList<>();
        Fields list = fields.items(BackendKeys.ROUTES);
        list.names().forEach(position -> routes.add(route(list.child(position))));
        fields.value(BackendKeys.DEFAULT_BACKEND)
                .map(backend -> new Route(Optional.empty(), Optional.empty(), backend.value()))
                .ifPresent(routes::add);
        return new HttpListenerConfig(
                name,
                fields.sound(BackendKeys.HTTP_BIND),
                routes,
                fields.sound(BackendKeys.FORWARDED),
                fields.sound(BackendKeys.CLIENT_TIMEOUT),
                fields.sound(Keys.MAX_CONNECTIONS),
                TlsKeys.build(fields, resolve),
                fields.values(ProxyHeaderKeys.PROXIES, ProxyHeaderKeys.PROXY));
    }

    private static Route route(Fields fields) {
        return new Route(
                fields.value(BackendKeys.ROUTE_HOST).map(Placed::value),
                fields.value(BackendKeys.ROUTE_PATH).map(Placed::value),
                fields.sound(BackendKeys.ROUTE_BACKEND));
    }
}
