package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * From where clients may connect to a listener, and how much of it each address may have.
 *
 * @param from of one of these; none: of any
 * @param notFrom and of none of these
 * @param maxConnections of one address at the same time; empty: no limit
 * @param rate how often one address may connect; empty: as it likes
 */
public record SourceConfig(
        List<IpNetwork> from,
        List<IpNetwork> notFrom,
        OptionalInt maxConnections,
        Optional<Rate> rate) {
    /** Anybody may connect as often as they like. */
    public static final SourceConfig OPEN_TO_ALL =
            new SourceConfig(List.of(), List.of(), OptionalInt.empty(), Optional.empty());

    public SourceConfig {
        from = List.copyOf(from);
        notFrom = List.copyOf(notFrom);
        requireNonNull(maxConnections, "maxConnections is null");
        requireNonNull(rate, "rate is null");
    }

    /**
     * So many new connections within such a time.
     *
     * @param shared whether those to other nodes count, too
     */
    public record Rate(int connections, Duration per, boolean shared) {
        public Rate {
            requireNonNull(per, "per is null");
        }
    }

    /** Whether there are no limits at all. */
    public boolean isOpenToAll() {
        return equals(OPEN_TO_ALL);
    }

    /** Whether clients with that address may connect. */
    public boolean isWelcome(InetAddress client) {
        return (from.isEmpty() || from.stream().anyMatch(each -> each.contains(client)))
                && notFrom.stream().noneMatch(each -> each.contains(client));
    }
}
