package io.shoestring.node;

import io.shoestring.model.Event.Severity;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.Events;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whose time of day differs from the others'. Nothing is decided by it: leases are spans of time.
 * But certificates and tokens are good from one time of day to another, and events of several
 * machines are read side by side. Thread-safe.
 *
 * <p>Right is what most of the clocks agree on; if no most do (of two, say), this machine's.
 */
final class ClockWatch {
    /** A look may be wrong by half the time that its answer took, which is at most 0.75 s. */
    private static final Duration APART_MAX = Duration.ofSeconds(5);

    private static final Duration TOGETHER = Duration.ofSeconds(3);

    private final NodeName self;
    private final Events events;
    private final Map<NodeName, Duration> ahead = new HashMap<>();
    private final Map<NodeName, String> off = new HashMap<>();

    ClockWatch(NodeName self, Events events) {
        this.self = self;
        this.events = events;
        ahead.put(self, Duration.ZERO);
    }

    /** A node said what time it is; {@code far}: how far that is ahead of this machine's clock. */
    synchronized void heard(NodeName node, Duration far) {
        ahead.put(node, far);
        judge();
    }

    /** A node does not answer: what is known of its clock counts no more. */
    synchronized void silent(NodeName node) {
        if (ahead.remove(node) != null) {
            judge();
        }
    }

    /** What is wrong with that node's clock, in a sentence's part; empty if nothing is. */
    synchronized Optional<String> trouble(NodeName node) {
        return Optional.ofNullable(off.get(node));
    }

    private void judge() {
        List<Duration> sorted = ahead.values().stream().sorted().toList();
        Duration middle = sorted.get(sorted.size() / 2);
        boolean most = agreeing(middle) * 2 > sorted.size();
        Duration right = most ? middle : Duration.ZERO;
        String others = most ? "the other nodes'" : self + "'s";
        ahead.forEach((node, far) -> judge(node, far.minus(right), others));
    }

    private long agreeing(Duration with) {
        return ahead.values().stream()
                .filter(each -> each.minus(with).abs().compareTo(APART_MAX) <= 0)
                .count();
    }

    private void judge(NodeName node, Duration far, String others) {
        Duration limit = off.containsKey(node) ? TOGETHER : APART_MAX;
        if (far.abs().compareTo(limit) <= 0) {
            if (off.remove(node) != null) {
                tell(Severity.INFO, "The clock of " + node + " is right again.");
            }
            return;
        }
        String how =
                "%d s %s %s"
                        .formatted(
                                far.abs().toSeconds(),
                                far.isNegative() ? "behind" : "ahead of",
                                others);
        if (off.put(node, how) == null) {
            tell(
                    Severity.WARNING,
                    "The clock of %s is %s. Leases do not depend on it; certificates and tokens do,"
                                    .formatted(node, how)
                            + " and the times of events. Have NTP set it.");
        }
    }

    private void tell(Severity severity, String sentence) {
        events.add(severity, Optional.empty(), 0, sentence);
    }
}
