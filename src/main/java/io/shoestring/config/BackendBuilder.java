package io.shoestring.config;

import io.shoestring.config.BackendConfig.Server;
import io.shoestring.config.BackendConfig.Timeouts;
import io.shoestring.config.CheckConfig.Protocol;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/** Makes the records of the backends. */
final class BackendBuilder {
    private BackendBuilder() {}

    /**
     * @param resolve makes a path of the file absolute
     */
    static Map<String, BackendConfig> backends(Fields root, UnaryOperator<Path> resolve) {
        Fields table = root.table(BackendKeys.BACKENDS);
        Map<String, BackendConfig> backends = new LinkedHashMap<>();
        for (String name : table.names()) {
            backends.put(name, backend(name, table.child(name), resolve));
        }
        return backends;
    }

    private static BackendConfig backend(String name, Fields fields, UnaryOperator<Path> resolve) {
        return new BackendConfig(
                name,
                fields.sound(BackendKeys.BALANCE),
                servers(fields.table(BackendKeys.SERVERS)),
                written(fields, CheckKeys.CHECK).map(BackendBuilder::check),
                written(fields, CheckKeys.AGENT).map(BackendBuilder::agent),
                timeouts(fields.section(BackendKeys.TIMEOUTS)),
                fields.sound(BackendKeys.MAX_QUEUE),
                fields.sound(BackendKeys.RETRIES),
                fields.sound(BackendKeys.SLOW_START),
                fields.sound(BackendKeys.PANIC_THRESHOLD),
                fields.sound(ProxyHeaderKeys.SENT),
                StickyKeys.build(fields, resolve),
                BackendTlsKeys.build(fields, resolve),
                fields.sound(BackendTlsKeys.HTTP2),
                fields.sound(BackendKeys.HASH_BY),
                BreakerKeys.build(fields));
    }

    /** A section that the file has; one that it has not would be full of defaults. */
    private static Optional<Fields> written(Fields fields, Section section) {
        return fields.names().contains(section.name())
                ? Optional.of(fields.section(section))
                : Optional.empty();
    }

    private static CheckConfig check(Fields fields) {
        Duration every = fields.sound(CheckKeys.EVERY);
        return new CheckConfig(
                fields.value(CheckKeys.PROTOCOL)
                        .map(Placed::value)
                        .orElseGet(() -> protocol(fields)),
                new CheckConfig.Http(
                        fields.sound(CheckKeys.HTTP),
                        fields.value(CheckKeys.HOST).map(Placed::value),
                        fields.sound(CheckKeys.STATUS),
                        fields.value(CheckKeys.HEADER).map(Placed::value),
                        fields.value(CheckKeys.BODY).map(Placed::value),
                        fields.value(CheckKeys.BODY_MATCHES).map(Placed::value)),
                fields.values(CheckKeys.COMMAND, CheckKeys.WORD),
                fields.sound(CheckKeys.USER),
                number(fields, CheckKeys.PORT),
                every,
                fields.value(CheckKeys.FAST).map(Placed::value).orElse(every),
                fields.sound(CheckKeys.TIMEOUT),
                fields.sound(CheckKeys.RISE),
                fields.sound(CheckKeys.FALL),
                fields.sound(CheckKeys.TRAFFIC),
                fields.sound(CheckKeys.SHARED));
    }

    private static Protocol protocol(Fields fields) {
        if (fields.names().contains(CheckKeys.HTTP.name())) {
            return Protocol.HTTP;
        }
        return fields.names().contains(CheckKeys.COMMAND.name()) ? Protocol.COMMAND : Protocol.TCP;
    }

    private static CheckConfig.Agent agent(Fields fields) {
        return new CheckConfig.Agent(
                fields.sound(CheckKeys.AGENT_PORT), fields.sound(CheckKeys.AGENT_EVERY));
    }

    private static OptionalInt number(Fields fields, Value<Integer> key) {
        return fields.value(key)
                .map(number -> OptionalInt.of(number.value()))
                .orElse(OptionalInt.empty());
    }

    private static Map<String, Server> servers(Fields table) {
        Map<String, Server> servers = new LinkedHashMap<>();
        for (String name : table.names()) {
            servers.put(name, server(name, table.child(name)));
        }
        return servers;
    }

    private static Server server(String name, Fields fields) {
        return new Server(
                name,
                fields.sound(BackendKeys.SERVER_ADDRESS),
                fields.sound(BackendKeys.WEIGHT),
                number(fields, BackendKeys.SERVER_MAX_CONNECTIONS),
                fields.sound(BackendKeys.BACKUP));
    }

    private static Timeouts timeouts(Fields fields) {
        return new Timeouts(
                fields.sound(BackendKeys.CONNECT_TIMEOUT),
                fields.sound(BackendKeys.SERVER_TIMEOUT),
                fields.sound(BackendKeys.QUEUE_TIMEOUT));
    }
}
