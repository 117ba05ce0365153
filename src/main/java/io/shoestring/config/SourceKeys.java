package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The part of {@link Keys} that is about where connections come from. */
final class SourceKeys {
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private static final Value<IpNetwork> NETWORK =
            required("<range>", NetworkFormats.NETWORK, "10.0.0.0/8", "Addresses.");

    static final Items FROM =
            new Items(
                    "from",
                    new Need.Otherwise("clients of all addresses may connect"),
                    "Only clients with these addresses may connect; the connection of another is"
                            + " reset at once.",
                    NETWORK);

    static final Items NOT_FROM =
            new Items(
                    "not-from",
                    new Need.Otherwise("clients of all addresses may connect"),
                    "Clients with these addresses may not connect.",
                    NETWORK);

    private static final Value<Integer> MAX_CONNECTIONS =
            optional(
                    "max-connections",
                    Formats.wholeNumber("number of connections", 1, 1_000_000),
                    "as many as the listener has",
                    "20",
                    "How many connections one address may have at the same time.");

    private static final Value<Integer> CONNECTIONS =
            optional(
                    "connections",
                    Formats.wholeNumber("number of connections", 1, 1_000_000),
                    "clients may connect as often as they like",
                    "100",
                    "How often one address may connect within `per`. All of them may come at once;"
                            + " then one more is allowed each `per / connections`.");

    private static final Value<Duration> PER =
            byDefault(
                    "per",
                    Formats.DURATION_TEXT,
                    "10s",
                    "10s",
                    "The time for `connections`; at least `100ms`.");

    private static final Value<Boolean> SHARED =
            byDefault(
                    "shared",
                    Formats.YES_OR_NO,
                    "no",
                    "yes",
                    "Whether the `connections` to all nodes are counted together. The nodes tell"
                            + " each other twice a second; what comes within that time may be"
                            + " allowed by each of them.");

    static final Section PER_SOURCE =
            new Section(
                    "per-source",
                    "a limit per source",
                    new Need.Otherwise("an address may have all connections"),
                    "How much of the listener one address may have, of IPv6 the first 64 bits of"
                            + " it. What is more is reset at once. Each node counts for itself,"
                            + " unless `connections` are `shared`.",
                    List.of(MAX_CONNECTIONS, CONNECTIONS, PER, SHARED));

    private SourceKeys() {}

    /** Of a listener in which nothing was found wrong. */
    static SourceConfig build(Fields listener) {
        Fields limits = listener.section(PER_SOURCE);
        Optional<SourceConfig.Rate> rate =
                limits.value(CONNECTIONS)
                        .map(
                                most ->
                                        new SourceConfig.Rate(
                                                most.value(),
                                                limits.sound(PER),
                                                limits.sound(SHARED)));
        return new SourceConfig(
                listener.values(FROM, NETWORK),
                listener.values(NOT_FROM, NETWORK),
                limits.value(MAX_CONNECTIONS)
                        .map(most -> OptionalInt.of(most.value()))
                        .orElse(OptionalInt.empty()),
                rate);
    }

    /** No limit that limits nothing. */
    static void check(Fields listener, Problems problems) {
        Fields limits = listener.section(PER_SOURCE);
        if (!listener.names().contains(PER_SOURCE.name()) || !limits.isReadable()) {
            return;
        }
        boolean counts = limits.names().contains(CONNECTIONS.name());
        if (!counts && !limits.names().contains(MAX_CONNECTIONS.name())) {
            problems.add(
                    limits.spot(),
                    "has neither max-connections nor connections; expected at least one");
            return;
        }
        List.of(PER, SHARED).stream()
                .flatMap(each -> limits.value(each).stream())
                .filter(each -> each.written() && !counts)
                .forEach(each -> problems.add(each.spot(), "is only for 'connections'"));
        limits.value(PER)
                .filter(per -> per.value().compareTo(SHORTEST) < 0)
                .ifPresent(
                        per -> problems.add(per.spot(), "is too short; expected at least 100ms"));
    }
}
