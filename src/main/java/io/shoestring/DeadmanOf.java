package io.shoestring;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Follows;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Limit;
import io.shoestring.node.Node;
import io.shoestring.supervision.Deadman;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What of a configuration the deadman of one node guards. */
final class DeadmanOf {
    private final ShoestringConfig config;
    private final NodeName node;

    DeadmanOf(ShoestringConfig config, NodeName node) {
        this.config = config;
        this.node = node;
    }

    /** A deadman that was started; empty if no other machine could take over from this one. */
    Optional<Deadman> start(Node running, Clock clock, Events events) {
        List<Deadman.Guarded> guarded =
                config.databases().values().stream()
                        .filter(this::isElsewhereToo)
                        .flatMap(this::guarded)
                        .toList();
        if (guarded.isEmpty()) {
            return Optional.empty();
        }
        Deadman deadman =
                new Deadman(
                        config.cluster().directory(),
                        config.cluster().watchdog(),
                        guarded,
                        () -> deadlines(running),
                        clock,
                        events);
        deadman.start();
        return Optional.of(deadman);
    }

    private boolean isElsewhereToo(DatabaseConfig database) {
        return database.members().values().stream().anyMatch(member -> !member.node().equals(node));
    }

    private Stream<Deadman.Guarded> guarded(DatabaseConfig database) {
        List<String> addresses =
                config.addresses().stream()
                        .filter(it -> it.follows().equals(new Follows.PrimaryOf(database.name())))
                        .map(address -> address.name().value())
                        .toList();
        return database.members().values().stream()
                .filter(member -> member.node().equals(node))
                .map(
                        member ->
                                new Deadman.Guarded(
                                        name(database.name(), member.name()),
                                        member.data(),
                                        addresses));
    }

    private static Map<String, Long> deadlines(Node running) {
        return running.limits().stream()
                .collect(
                        Collectors.toMap(
                                limit -> name(limit.database(), limit.member()),
                                Limit::deadlineNanos));
    }

    private static String name(DatabaseName database, MemberName member) {
        return database + "/" + member;
    }
}
