package io.shoestring.proxy.tcp;

import io.shoestring.config.TcpListenerConfig;
import io.shoestring.proxy.backend.Backend;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Which backend a connection goes to. Immutable. */
final class TcpRoutes {
    private final Map<String, Backend> byName = new LinkedHashMap<>();
    private final Optional<Backend> otherwise;

    /**
     * @param backends the backend of a name that the configuration has
     */
    TcpRoutes(TcpListenerConfig config, Function<String, Backend> backends) {
        config.routes()
                .forEach(
                        route ->
                                byName.putIfAbsent(
                                        route.serverName(), backends.apply(route.backend())));
        otherwise = config.backend().map(backends);
    }

    /** All backends that it leads to. */
    Stream<Backend> all() {
        return Stream.concat(byName.values().stream(), otherwise.stream()).distinct();
    }

    /** Whether the name that a client asks for has to be known. */
    boolean areByName() {
        return !byName.isEmpty();
    }

    /**
     * The backend for a client.
     *
     * @param asked the name that it asks for in TLS, in lower case
     */
    Optional<Backend> find(Optional<String> asked) {
        return asked.flatMap(this::named).or(() -> otherwise);
    }

    private Optional<Backend> named(String name) {
        Backend exact = byName.get(name);
        int dot = name.indexOf('.');
        return exact == null && dot >= 0
                ? Optional.ofNullable(byName.get("*" + name.substring(dot)))
                : Optional.ofNullable(exact);
    }
}
