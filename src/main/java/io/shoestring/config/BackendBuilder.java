package io.shoestring.config;

import io.shoestring.config.BackendConfig.Server;
import io.shoestring.config.BackendConfig.Timeouts;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/** Makes the records of the backends. */
final class BackendBuilder {
    private BackendBuilder() {}

    static Map<String, BackendConfig> backends(Fields root) {
        Fields table = root.table(BackendKeys.BACKENDS);
        Map<String, BackendConfig> backends = new LinkedHashMap<>();
        for (String name : table.names()) {
            backends.put(name, backend(name, table.child(name)));
        }
        return backends;
    }

    private static BackendConfig backend(String name, Fields fields) {
        return new BackendConfig(
                name,
                fields.sound(BackendKeys.BALANCE),
                servers(fields.table(BackendKeys.SERVERS)),
                timeouts(fields.section(BackendKeys.TIMEOUTS)),
                fields.sound(BackendKeys.MAX_QUEUE),
                fields.sound(BackendKeys.RETRIES),
                fields.sound(BackendKeys.SLOW_START),
                fields.sound(BackendKeys.PANIC_THRESHOLD));
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
                fields.value(BackendKeys.SERVER_MAX_CONNECTIONS)
                        .map(limit -> OptionalInt.of(limit.value()))
                        .orElse(OptionalInt.empty()),
                fields.sound(BackendKeys.BACKUP));
    }

    private static Timeouts timeouts(Fields fields) {
        return new Timeouts(
                fields.sound(BackendKeys.CONNECT_TIMEOUT),
                fields.sound(BackendKeys.SERVER_TIMEOUT),
                fields.sound(BackendKeys.QUEUE_TIMEOUT));
    }
}
