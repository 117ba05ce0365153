package io.shoestring.proxy.http;

import io.shoestring.config.LimitConfig;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.proxy.source.RateTable;
import io.shoestring.proxy.source.SourceKey;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How many requests each client may make, by all limits of a listener. Thread-safe. */
final class RateLimits {
    private final List<Limit> limits;
    private final boolean anyPath;

    /** One of them, and who has used how much of it. */
    private record Limit(LimitConfig config, RequestMatch match, RateTable table) {
        Limit(LimitConfig config, RateTable table) {
            this(config, new RequestMatch(config.match()), table);
        }
    }

    /**
     * @param before whose counts go on where a limit has stayed as it is
     */
    RateLimits(List<LimitConfig> configs, Optional<RateLimits> before) {
        limits =
                configs.stream()
                        .map(
                                config ->
                                        before.flatMap(known -> known.find(config))
                                                .orElseGet(() -> made(config)))
                        .toList();
        anyPath = limits.stream().anyMatch(limit -> limit.match().asksForPath());
    }

    private static Limit made(LimitConfig config) {
        return new Limit(
                config, new RateTable(config.requests(), config.per().toNanos(), config.shared()));
    }

    /** Those that count what is used on other nodes, too, by their place in the configuration. */
    Map<String, RateTable> shared() {
        Map<String, RateTable> shared = new LinkedHashMap<>();
        for (int i = 0; i < limits.size(); i++) {
            if (limits.get(i).config().shared()) {
                shared.put("limits/" + i, limits.get(i).table());
            }
        }
        return shared;
    }

    private Optional<Limit> find(LimitConfig config) {
        return limits.stream().filter(limit -> limit.config().equals(config)).findFirst();
    }

    /**
     * Counts a request.
     *
     * @return 0, or after how many nanoseconds one like it may be made
     */
    long use(RequestHead head, InetAddress client, long now) {
        if (limits.isEmpty()) {
            return 0;
        }
        String path = anyPath ? Routes.normal(head.path()) : "";
        long excess = 0;
        for (Limit limit : limits) {
            if (limit.match().fits(head, path, client)) {
                long key =
                        KeyOfRequest.find(limit.config().counted(), head)
                                .orElseGet(() -> SourceKey.of(client));
                excess = Math.max(excess, limit.table().use(key, now));
            }
        }
        return excess;
    }
}
