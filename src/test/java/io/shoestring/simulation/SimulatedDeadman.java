package io.shoestring.simulation;

import io.shoestring.base.Clock;
import io.shoestring.model.MemberName;
import io.shoestring.node.LeaseDuty;
import io.shoestring.node.LeaseReport;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * What stands beside a node's process: the deadline that it was told last holds when that process
 * is dead or frozen, and when another one has begun that knows of no lease yet.
 */
final class SimulatedDeadman {
    private static final long GRACE_NANOS = 400_000_000L;
    private static final int LOOK_MILLIS = 100;

    private final SimulatedNode.Cluster cluster;
    private final Clock clock;
    private final BooleanSupplier frozen;
    private final Map<MemberName, Long> deadlines = new HashMap<>();
    private final Set<MemberName> told = new HashSet<>();

    /**
     * @param frozen whether the whole machine is
     */
    SimulatedDeadman(SimulatedNode.Cluster cluster, Clock clock, BooleanSupplier frozen) {
        this.cluster = cluster;
        this.clock = clock;
        this.frozen = frozen;
    }

    /** Looks at its clock from now on. */
    void watch() {
        cluster.world().afterMillis(LOOK_MILLIS, this::watch);
        if (!frozen.getAsBoolean()) {
            List.copyOf(deadlines.keySet()).forEach(this::stopIfLate);
        }
    }

    private void stopIfLate(MemberName member) {
        if (clock.nanos() >= deadlines.getOrDefault(member, 0L) + GRACE_NANOS) {
            cluster.world().trace("DEADMAN of " + member + " stops it");
            deadlines.remove(member);
            cluster.world()
                    .afterMillis(
                            cluster.world().between(1, 50), cluster.servers().of(member)::kill);
        }
    }

    /** Another life of the process begins: only what that one said itself can it take back. */
    void begin() {
        told.clear();
    }

    /** The machine has lost its power. */
    void forget() {
        deadlines.clear();
    }

    /** The process says how long its members may go on. */
    void hear(LeaseDuty duty, Set<MemberName> members) {
        for (MemberName member : members) {
            Optional<LeaseReport> report = duty.report(member);
            if (report.isPresent()) {
                deadlines.put(member, clock.nanos() + report.get().remainingNanos());
                told.add(member);
            } else if (duty.overdue().isEmpty() && told.remove(member)) {
                deadlines.remove(member);
            }
        }
    }
}
