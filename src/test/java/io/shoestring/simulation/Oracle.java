package io.shoestring.simulation;

import static org.assertj.core.api.Assertions.fail;

import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Protection;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The promises that are checked while everything goes wrong. */
final class Oracle {
    private final DatabaseSpec spec;
    private final World world;
    private final Servers servers;
    private final Set<Long> acknowledged = new HashSet<>();
    private long newestEpoch;
    private Optional<MemberName> newestWriter = Optional.empty();
    private long acknowledgedAtMillis;
    private boolean hadPrimary;
    private long checkedEpoch;

    Oracle(DatabaseSpec spec, World world, Servers servers) {
        this.spec = spec;
        this.world = world;
        this.servers = servers;
    }

    int acknowledgedCount() {
        return acknowledged.size();
    }

    long lastAcknowledgedMillis() {
        return acknowledgedAtMillis;
    }

    /**
     * One writer: once a write was accepted under an epoch, none is by another under an older one.
     * Who has the newest one itself may be sent what a proxy began before it heard of it: also by
     * one that knows it from an earlier time as the primary, when it is that again.
     *
     * @param newest the lease that was granted last; whoever has it is the one writer
     * @param late whether the deadline under which it was sent has passed, on its proxy's clock
     */
    void accepted(
            MemberName member, DatabaseTopology sentUnder, Optional<Lease> newest, boolean late) {
        long epoch = sentUnder.epoch();
        boolean itself = newest.filter(lease -> lease.holder().equals(member)).isPresent();
        boolean other = !itself && !newestWriter.equals(Optional.of(member));
        if (epoch < newestEpoch && other) {
            fail("%s accepts a write of epoch %d after one of %d", member, epoch, newestEpoch);
        }
        if (epoch >= newestEpoch) {
            newestEpoch = epoch;
            newestWriter = Optional.of(member);
        }
        // What was sent in time to a replica that is promoted while it is under way arrives at the
        // one writer; only elsewhere it would be a second one's.
        if (!itself && late) {
            fail("%s accepts a write of epoch %d without the lease", member, epoch);
        }
    }

    void acknowledged(long id) {
        if (spec.protection() == Protection.MAXIMUM
                && servers.all().stream().filter(server -> server.has(id)).count() < 2) {
            fail("write %d is acknowledged and on one server only", id);
        }
        acknowledged.add(id);
        acknowledgedAtMillis = world.millis();
    }

    /** No acknowledged commit is lost: whoever is published as the primary has them all. */
    void published(DatabaseTopology topology) {
        boolean present = topology.primary().isPresent();
        // A conductor of an earlier term may still tell its own proxies of an earlier epoch.
        boolean old = topology.epoch() < checkedEpoch;
        boolean anew = present && !old && (!hadPrimary || checkedEpoch != topology.epoch());
        hadPrimary = present;
        if (anew) {
            checkedEpoch = topology.epoch();
            MemberName primary = topology.primary().get().name();
            if (servers.of(primary).wasReplica()) {
                fail("%s is published as the primary before it was promoted", primary);
            }
            complete(topology.primary().get().name());
        }
    }

    /** The primary changes only within the synchronous set of the epoch before. */
    void remembered(DatabaseRecord before, DatabaseRecord next) {
        boolean changes = before.primary().isPresent() && !before.primary().equals(next.primary());
        if (changes && next.primary().filter(before.offline()::contains).isPresent()) {
            fail("%s takes over, which is offline", next.primary().get());
        }
        if (changes && next.primary().filter(this::isDelayed).isPresent()) {
            fail("%s takes over, which is delayed", next.primary().get());
        }
        if (next.synchronous().stream().anyMatch(this::isDelayed)) {
            fail("commits wait for %s, of whom one is delayed", next.synchronous());
        }
        if (changes && spec.protection().isSynchronous()) {
            MemberName holder = next.primary().orElseThrow();
            if (!before.synchronous().contains(holder)) {
                fail("%s takes over, which is not in the synchronous set", holder);
            }
        }
    }

    private boolean isDelayed(MemberName name) {
        return spec.member(name).flatMap(MemberSpec::delay).isPresent();
    }

    /** After the faults: a primary that takes writes, everybody behind it, nothing lost. */
    void settled(DatabaseTopology topology, DatabaseRecord record) {
        if (topology.primary().isEmpty() || topology.holdWrites()) {
            fail("there is no primary long after the last fault: %s", topology.reason());
        }
        MemberName primary = topology.primary().get().name();
        Server leader = servers.of(primary);
        for (MemberSpec member : spec.members()) {
            Server server = servers.of(member.name());
            Server source =
                    member.upstream()
                            .filter(upstream -> !upstream.equals(primary))
                            .map(servers::of)
                            .orElse(leader);
            if (server != leader && !(server.streamsFrom(source) && server.prefixOf(leader))) {
                fail("%s does not follow %s long after the last fault", member.name(), primary);
            }
        }
        long successors =
                spec.members().stream()
                        .filter(it -> it.priority() > 0 && !it.name().equals(primary))
                        .filter(it -> it.upstream().filter(up -> !up.equals(primary)).isEmpty())
                        .count();
        long wanted = spec.protection().isSynchronous() ? successors : 0;
        if (record.synchronous().size() != wanted
                || record.switchover().isPresent()
                || record.restart().isPresent()) {
            fail("the record did not come to rest: %s", record);
        }
        if (world.millis() - acknowledgedAtMillis > 2_000) {
            fail("no write was acknowledged in the last two seconds");
        }
        complete(primary);
    }

    private void complete(MemberName primary) {
        Server server = servers.of(primary);
        if (server.duplicates()) {
            fail("%s has a write twice", primary);
        }
        if (spec.protection().isSynchronous() && !server.has(acknowledged)) {
            fail("%s is published as the primary and lacks acknowledged writes", primary);
        }
    }
}
