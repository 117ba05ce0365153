package io.shoestring.proxy.source;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.config.SourceConfig;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Who may connect to one listener, and how many connections each source has. Thread-safe. */
public final class Sources {
    private final Clock clock;
    private final Map<Long, Integer> open = new ConcurrentHashMap<>();
    private volatile SourceConfig config;
    private volatile @Nullable RateTable rates;

    /** Of a listener that was just opened. */
    public Sources(SourceConfig config, Clock clock) {
        this.clock = requireNonNull(clock, "clock is null");
        this.config = requireNonNull(config, "config is null");
        this.rates = table(config);
    }

    private static @Nullable RateTable table(SourceConfig config) {
        return config.rate()
                .map(rate -> new RateTable(rate.connections(), rate.per().toNanos(), rate.shared()))
                .orElse(null);
    }

    /** For connections that come from now on; those that are open stay, and stay counted. */
    public void become(SourceConfig next) {
        if (!next.rate().equals(config.rate())) {
            rates = table(next);
        }
        config = next;
    }

    /** What counts connections to other nodes, too. */
    public Map<String, RateTable> shared() {
        RateTable used = rates;
        return used != null && config.rate().filter(SourceConfig.Rate::shared).isPresent()
                ? Map.of("per-source", used)
                : Map.of();
    }

    /** Whether anybody may connect as often as they like. */
    public boolean isOpenToAll() {
        return config.isOpenToAll();
    }

    /**
     * What became of one that came.
     *
     * @param refusal why it may not, as a clause; empty: it may
     * @param counted as one of its source, until it has {@link Sources#left}
     */
    record Verdict(Optional<String> refusal, boolean counted) {}

    /** A client has come. */
    Verdict admit(InetAddress client) {
        SourceConfig by = config;
        if (!by.isWelcome(client)) {
            return refused("its address may not connect");
        }
        long key = SourceKey.of(client);
        RateTable used = rates;
        if (used != null && used.use(key, clock.nanos()) > 0) {
            return refused("it connects more often than per-source.connections allows");
        }
        if (by.maxConnections().isEmpty()) {
            return new Verdict(Optional.empty(), false);
        }
        int most = by.maxConnections().getAsInt();
        if (open.merge(key, 1, Integer::sum) > most) {
            left(client);
            return refused("it has " + most + " connections (per-source.max-connections)");
        }
        return new Verdict(Optional.empty(), true);
    }

    private static Verdict refused(String why) {
        return new Verdict(Optional.of(why), false);
    }

    /** One that was counted has gone. */
    void left(InetAddress client) {
        open.computeIfPresent(SourceKey.of(client), (_, count) -> count > 1 ? count - 1 : null);
    }
}
