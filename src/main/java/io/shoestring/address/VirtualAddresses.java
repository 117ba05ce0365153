package io.shoestring.address;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.control.AddressDecider;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressObservation;
import io.shoestring.model.AddressRight;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.AddressStep;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.Follows;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.Events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The virtual addresses of one node. They follow the published topology, in the publishing thread:
 * a topology without this node's primary is published before its lease is released, and an address
 * that has to go is gone before the publication returns.
 */
public final class VirtualAddresses implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VirtualAddresses.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);
    private static final long CLOSE_MILLIS = 2_000;

    private final NodeName me;
    private final Clock clock;
    private final Published<Topology> topology;
    private final Netlink netlink;
    private final Map<AddressName, VirtualAddress> addresses = new LinkedHashMap<>();
    private final Standings standings = new Standings();
    private Supplier<Map<NodeName, List<String>>> listeners = Map::of;
    private volatile Map<NodeName, List<String>> heard = Map.of();
    private Optional<Rights> rights = Optional.empty();
    private Optional<Thread> asking = Optional.empty();
    private Optional<Published.Subscription> subscription = Optional.empty();
    private volatile boolean closed;

    private VirtualAddresses(
            NodeName me,
            List<AddressSpec> specs,
            Clock clock,
            Published<Topology> topology,
            Events events,
            Leftovers leftovers,
            Consumer<String> left)
            throws AddressException {
        this.me = me;
        this.clock = clock;
        this.topology = topology;
        this.netlink = new Netlink();
        for (AddressSpec spec : specs) {
            Teller teller = new Teller(spec, me, events, left);
            addresses.put(
                    spec.name(), new VirtualAddress(spec, me, clock, netlink, leftovers, teller));
        }
    }

    /**
     * Removes what a process that was killed left on this machine, and makes the addresses; none is
     * set before {@link #start}.
     *
     * @param directory of the node's own state
     * @param left is told an address when this machine has it no more: connections to it are dead
     *     without knowing it, and may hold locks; returns at once
     * @throws IOException if the interfaces of this machine cannot be worked on; the message says
     *     why
     */
    public static VirtualAddresses open(
            NodeName me,
            List<AddressSpec> specs,
            Clock clock,
            Published<Topology> topology,
            Events events,
            Path directory,
            Consumer<String> left)
            throws IOException {
        requireNonNull(me, "me is null");
        try {
            Leftovers leftovers = new Leftovers(directory.resolve("addresses"));
            VirtualAddresses made =
                    new VirtualAddresses(me, specs, clock, topology, events, leftovers, left);
            made.clean(leftovers, events);
            return made;
        } catch (AddressException e) {
            throw new IOException("The virtual addresses: " + e.getMessage(), e);
        }
    }

    /**
     * From now on they follow what is published; returns at once.
     *
     * @param store that grants the rights to addresses that follow no primary
     * @param healthy the healthy listeners of every node that is heard of, this one too
     */
    public void start(ControlStore store, Supplier<Map<NodeName, List<String>>> healthy) {
        listeners = requireNonNull(healthy, "healthy is null");
        addresses.values().forEach(VirtualAddress::start);
        if (!planned().isEmpty()) {
            Rights keeper = new Rights(store, clock, me);
            rights = Optional.of(keeper);
            asking =
                    Optional.of(
                            Thread.ofPlatform()
                                    .daemon()
                                    .name("address-rights")
                                    .start(() -> askUntilClosed(keeper)));
        }
        subscription = Optional.of(topology.subscribe(this::follow));
        follow(topology.get());
    }

    /** As the operator sees them, in the order of the configuration. */
    public List<AddressStatus> status() {
        AddressObservation seen = observe(topology.get());
        return addresses.values().stream()
                .map(each -> each.status(seen.right(each.spec()).map(AddressRight::holder)))
                .toList();
    }

    /** Takes them all from this machine; closing twice does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        subscription.ifPresent(Published.Subscription::close);
        addresses.values().forEach(VirtualAddress::close);
        asking.ifPresent(this::end);
        netlink.close();
    }

    /** Must return at once: it is called by the thread that decides. */
    private synchronized Map<AddressName, AddressStep> follow(Topology next) {
        if (closed) {
            return Map.of();
        }
        Map<AddressName, AddressStep> steps = AddressDecider.decide(observe(next));
        steps.forEach((name, step) -> follow(address(name), step));
        return steps;
    }

    private static void follow(VirtualAddress address, AddressStep step) {
        switch (step) {
            case AddressStep.Hold hold -> address.hold(hold);
            case AddressStep.Leave leave -> address.leave(leave.reason());
            case AddressStep.Ask ask -> address.leave(ask.reason());
            case AddressStep.GiveBack back -> address.leave(back.reason());
        }
    }

    private VirtualAddress address(AddressName name) {
        return requireNonNull(addresses.get(name), "unknown address");
    }

    /** Those whose right is in consensus; that to a primary's address is the primary's lease. */
    private List<AddressName> planned() {
        return addresses.values().stream()
                .map(VirtualAddress::spec)
                .filter(spec -> !(spec.follows() instanceof Follows.PrimaryOf))
                .map(AddressSpec::name)
                .toList();
    }

    private void askUntilClosed(Rights keeper) {
        String trouble = "";
        while (!closed) {
            try {
                ask(keeper);
                trouble = "";
            } catch (ConsensusException e) {
                String message = String.valueOf(e.getMessage());
                if (!message.equals(trouble)) {
                    LOG.warn("the rights to addresses are not known: {}", message);
                }
                trouble = message;
            } catch (RuntimeException e) {
                LOG.error("the rights to addresses met an error that should not occur", e);
            }
            try {
                Thread.sleep(BETWEEN_LOOKS);
            } catch (InterruptedException e) {
                break;
            }
        }
        giveAllBack(keeper);
    }

    private void ask(Rights keeper) throws ConsensusException {
        heard = listeners.get();
        for (AddressName name : planned()) {
            keeper.look(name);
        }
        Map<AddressName, Long> left = new HashMap<>();
        Map<AddressName, AddressStep> steps;
        synchronized (this) {
            steps = follow(topology.get());
            steps.forEach(
                    (name, step) -> {
                        // What the kernel did not let go of is not given back.
                        if (step instanceof AddressStep.GiveBack(long epoch, String _)
                                && !address(name).held()) {
                            keeper.forget(name);
                            left.put(name, epoch);
                        }
                    });
        }
        for (Map.Entry<AddressName, Long> each : left.entrySet()) {
            keeper.giveBack(each.getKey(), each.getValue());
        }
        for (Map.Entry<AddressName, AddressStep> each : steps.entrySet()) {
            if (each.getValue() instanceof AddressStep.Ask && keeper.ask(each.getKey())) {
                follow(topology.get());
            }
        }
    }

    /** The node ends: another need not wait for the end of its rights. */
    private void giveAllBack(Rights keeper) {
        keeper.epochs()
                .forEach(
                        (name, epoch) -> {
                            keeper.forget(name);
                            try {
                                if (!address(name).held()) {
                                    keeper.giveBack(name, epoch);
                                }
                            } catch (ConsensusException e) {
                                LOG.info("{} is free in some seconds: {}", name, e.getMessage());
                            }
                        });
    }

    private void end(Thread thread) {
        thread.interrupt();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized AddressObservation observe(Topology next) {
        List<AddressSpec> specs = addresses.values().stream().map(VirtualAddress::spec).toList();
        List<AddressName> held =
                addresses.values().stream()
                        .filter(VirtualAddress::held)
                        .map(each -> each.spec().name())
                        .toList();
        long now = clock.nanos();
        return new AddressObservation(
                now,
                me,
                specs,
                next,
                rights.map(Rights::seen).orElse(Map.of()),
                rights.isEmpty() ? Map.of() : standings.see(next, heard, now),
                held);
    }

    private void clean(Leftovers leftovers, Events events) throws AddressException {
        for (Leftovers.Leftover leftover : leftovers.all()) {
            Optional<Link> link = Link.find(leftover.networkInterface());
            if (link.isPresent() && netlink.remove(link.get(), leftover.address())) {
                events.add(
                        Severity.WARNING,
                        Optional.empty(),
                        0,
                        "Address %s was still on %s of %s, because Shoestring had been killed there: it was removed."
                                .formatted(
                                        leftover.address().address(),
                                        leftover.networkInterface(),
                                        me));
            }
            leftovers.forget(leftover.name());
        }
    }
}
