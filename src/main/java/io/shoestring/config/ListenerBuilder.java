package io.shoestring.config;

import java.nio.file.Path;
import java.util.List;
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
                fields.values(ProxyHeaderKeys.PROXIES, ProxyHeaderKeys.PROXY),
                AccessLogKeys.build(fields, resolve),
                SourceKeys.build(fields));
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
        return new HttpListenerConfig(
                name,
                fields.sound(BackendKeys.HTTP_BIND),
                RouteKeys.routes(fields),
                fields.sound(BackendKeys.FORWARDED),
                fields.sound(BackendKeys.CLIENT_TIMEOUT),
                fields.sound(Keys.MAX_CONNECTIONS),
                TlsKeys.build(fields, resolve),
                fields.sound(BackendKeys.HTTP2),
                fields.values(ProxyHeaderKeys.PROXIES, ProxyHeaderKeys.PROXY),
                RouteKeys.rules(fields, RouteKeys.REQUEST_HEADERS),
                RouteKeys.rules(fields, RouteKeys.RESPONSE_HEADERS),
                fields.value(RouteKeys.REQUEST_ID).map(Placed::value),
                AccessLogKeys.build(fields, resolve),
                GuardKeys.build(fields, resolve),
                SourceKeys.build(fields));
    }
}
