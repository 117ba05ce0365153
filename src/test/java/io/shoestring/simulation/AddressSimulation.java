package io.shoestring.simulation;

import io.shoestring.model.AddressName;
import io.shoestring.model.AddressObservation;
import io.shoestring.model.AddressObservation.Standing;
import io.shoestring.model.AddressRight;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.AddressStep;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Follows;
import io.shoestring.model.IpPrefix;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;

/**
 * Three nodes and their addresses in one thread from a seed. Nodes are cut off from consensus,
 * paused, and disagree about who is healthy; their clocks differ and run at different rates. After
 * each step no address may be on two machines.
 *
 * <p>The right to an address is granted at the earliest 1.1 D after its last renewal arrived; a
 * node relies on it until D less 2 s after it sent the renewal. A paused node cannot take an
 * address away: the kernel does, up to a second late.
 */
final class AddressSimulation {
    private static final long MILLI = 1_000_000L;
    private static final long STEP = 50 * MILLI;
    private static final long LEASE = 10_000 * MILLI;
    private static final long MARGIN = 2_000 * MILLI;
    private static final long RENEWAL = 2_000 * MILLI;
    private static final long KERNEL_LATE = 1_000 * MILLI;
    private static final int STEPS = 2_000;
    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final List<NodeName> NAMES =
            List.of(new NodeName("a"), new NodeName("b"), new NodeName("c"));
    private static final AddressName WRITER = new AddressName("writer");

    private final Random random;
    private final Function<AddressObservation, Map<AddressName, AddressStep>> decide;
    private final boolean removesFirst;
    private final List<AddressSpec> specs =
            List.of(
                    spec(WRITER.value(), new Follows.PrimaryOf(SHOP)),
                    spec("r1", new Follows.ReplicaOf(SHOP)),
                    spec("r2", new Follows.ReplicaOf(SHOP)),
                    spec("web", new Follows.HealthyListener("web", true)));
    private final List<SimulatedMachine> machines = new ArrayList<>();
    private final Map<AddressName, Grant> grants = new HashMap<>();
    private long now;
    private long epoch;
    private int moves;

    private record Grant(long epoch, NodeName holder, long renewedAt) {}

    /** On a machine until the kernel removes it at that real instant. */
    private record Placed(long kernelUntil) {}

    private static final class SimulatedMachine {
        final NodeName name;
        final double rate;
        final long offset;
        final Map<AddressName, Placed> placed = new LinkedHashMap<>();
        final Map<AddressName, AddressRight> rights = new HashMap<>();
        final Map<AddressName, Long> renewAt = new HashMap<>();
        final Map<NodeName, Standing> view = new HashMap<>();
        boolean cut;
        boolean paused;

        SimulatedMachine(NodeName name, double rate, long offset) {
            this.name = name;
            this.rate = rate;
            this.offset = offset;
        }

        long clock(long real) {
            return offset + (long) (real * rate);
        }

        long real(long clock) {
            return (long) ((clock - offset) / rate);
        }
    }

    /**
     * @param removesFirst false: a right is given back before the address is removed, which must be
     *     noticed
     */
    AddressSimulation(
            long seed,
            Function<AddressObservation, Map<AddressName, AddressStep>> decide,
            boolean removesFirst) {
        this.random = new Random(seed);
        this.decide = decide;
        this.removesFirst = removesFirst;
        for (NodeName name : NAMES) {
            double rate = 0.975 + random.nextDouble() * 0.05;
            machines.add(new SimulatedMachine(name, rate, random.nextLong(-LEASE, LEASE)));
        }
    }

    /** How often an address was set. */
    int run() {
        for (int i = 0; i < STEPS; i++) {
            now += STEP;
            disturb();
            for (SimulatedMachine machine : machines) {
                machine.placed.values().removeIf(placed -> now >= placed.kernelUntil());
                if (!machine.paused) {
                    act(machine);
                }
                check();
            }
        }
        return moves;
    }

    private static AddressSpec spec(String name, Follows follows) {
        return new AddressSpec(
                new AddressName(name),
                new IpPrefix("10.0.0.100", 24),
                Optional.empty(),
                follows,
                NAMES);
    }

    private void disturb() {
        for (SimulatedMachine machine : machines) {
            if (random.nextInt(200) == 0) {
                machine.cut = !machine.cut && random.nextBoolean();
            }
            if (random.nextInt(300) == 0) {
                machine.paused = !machine.paused && random.nextBoolean();
            }
            if (random.nextInt(100) == 0) {
                machine.view.put(NAMES.get(random.nextInt(3)), standing(machine));
            }
        }
    }

    private Standing standing(SimulatedMachine machine) {
        long since = machine.clock(now) - random.nextLong(20_000) * MILLI;
        return new Standing(
                random.nextBoolean() ? Map.of(SHOP, since) : Map.of(),
                random.nextBoolean() ? Map.of("web", since) : Map.of());
    }

    private void act(SimulatedMachine machine) {
        if (!machine.cut) {
            renew(machine);
        }
        Map<AddressName, AddressStep> steps = decide.apply(observe(machine));
        steps.forEach((name, step) -> carryOut(machine, name, step));
        if (!machine.cut && random.nextInt(40) == 0) {
            // Who is the primary is decided elsewhere: anybody may ask for its lease.
            ask(machine, WRITER);
        }
        if (!machine.cut && random.nextInt(400) == 0) {
            machine.placed.remove(WRITER);
            giveBack(machine, WRITER);
        }
    }

    /** What the node knows of the store, and prolongs. */
    private void renew(SimulatedMachine machine) {
        long clock = machine.clock(now);
        for (AddressSpec spec : specs) {
            Grant grant = grants.get(spec.name());
            boolean mine = grant != null && grant.holder().equals(machine.name);
            if (grant == null) {
                machine.rights.remove(spec.name());
            } else if (!mine) {
                machine.rights.put(
                        spec.name(), new AddressRight(grant.epoch(), grant.holder(), clock));
            } else if (clock - machine.renewAt.getOrDefault(spec.name(), clock) >= 0) {
                relyOn(machine, spec.name(), grant.epoch());
                grants.put(spec.name(), new Grant(grant.epoch(), machine.name, now));
            }
        }
    }

    private void relyOn(SimulatedMachine machine, AddressName name, long grantEpoch) {
        long clock = machine.clock(now);
        machine.renewAt.put(name, clock + RENEWAL);
        machine.rights.put(
                name, new AddressRight(grantEpoch, machine.name, clock + LEASE - MARGIN));
    }

    private AddressObservation observe(SimulatedMachine machine) {
        long clock = machine.clock(now);
        Map<AddressName, AddressRight> rights = new HashMap<>(machine.rights);
        Optional<AddressRight> writer = Optional.ofNullable(rights.remove(WRITER));
        DatabaseTopology part =
                writer.map(AddressSimulation::primary).orElse(DatabaseTopology.unknown(SHOP));
        return new AddressObservation(
                clock,
                machine.name,
                specs,
                new Topology(1, Map.of(SHOP, part)),
                rights,
                machine.view,
                List.copyOf(machine.placed.keySet()));
    }

    private static DatabaseTopology primary(AddressRight right) {
        var member =
                new MemberSpec(
                        new MemberName("m"), right.holder(), new Endpoint("10.0.0.1", 5432), 1);
        return new DatabaseTopology(
                SHOP,
                right.epoch(),
                Optional.of(member),
                false,
                right.deadlineNanos(),
                List.of(),
                "");
    }

    private void carryOut(SimulatedMachine machine, AddressName name, AddressStep step) {
        switch (step) {
            case AddressStep.Hold hold -> hold(machine, name, hold);
            case AddressStep.Leave _ -> machine.placed.remove(name);
            case AddressStep.Ask _ -> {
                machine.placed.remove(name);
                if (!machine.cut) {
                    ask(machine, name);
                }
            }
            case AddressStep.GiveBack _ -> {
                if (removesFirst) {
                    machine.placed.remove(name);
                }
                if (!machine.cut) {
                    giveBack(machine, name);
                }
            }
        }
    }

    private void hold(SimulatedMachine machine, AddressName name, AddressStep.Hold hold) {
        long until =
                hold.untilNanos().isPresent()
                        ? machine.real(hold.untilNanos().getAsLong()) + random.nextLong(KERNEL_LATE)
                        : Long.MAX_VALUE;
        if (machine.placed.put(name, new Placed(until)) == null) {
            moves++;
        }
    }

    private void ask(SimulatedMachine machine, AddressName name) {
        Grant grant = grants.get(name);
        // By the clock of the store, which is that of the first machine.
        double rate = machines.getFirst().rate;
        if (grant == null || (now - grant.renewedAt()) * rate >= 1.1 * LEASE) {
            grants.put(name, new Grant(++epoch, machine.name, now));
            relyOn(machine, name, epoch);
        }
    }

    private void giveBack(SimulatedMachine machine, AddressName name) {
        Grant grant = grants.get(name);
        if (grant != null && grant.holder().equals(machine.name)) {
            grants.remove(name);
            machine.rights.remove(name);
        }
    }

    private void check() {
        for (AddressSpec spec : specs) {
            int owners = 0;
            for (SimulatedMachine machine : machines) {
                owners += machine.placed.containsKey(spec.name()) ? 1 : 0;
            }
            if (owners > 1) {
                throw new AssertionError(
                        "%s has %d owners at %d ms".formatted(spec.name(), owners, now / MILLI));
            }
        }
    }
}
