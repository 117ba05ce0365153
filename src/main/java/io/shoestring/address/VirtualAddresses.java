package io.shoestring.address;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.control.AddressDecider;
import io.shoestring.control.AddressMove;
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
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
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
    private final Function<AddressSpec, VirtualAddress> maker;
    private volatile Map<AddressName, VirtualAddress> addresses = Map.of();
    private final Standings standings = new Standings();
    private Supplier<Map<NodeName, List<String>>> listeners = Map::of;
    private volatile Map<NodeName, List<String>> heard = Map.of();
    private Optional<ControlStore> memory = Optional.empty();
    private volatile Optional<Rights> rights = Optional.empty();
    private volatile Optional<Wishes> wishes = Optional.empty();
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
            AddressClients clients)
            throws AddressException {
        this.me = me;
        this.clock = clock;
        this.topology = topology;
        this.netlink = new Netlink();
        this.maker =
                spec ->
                        new VirtualAddress(
                                spec,
                                me,
                                clock,
                                netlink,
                                leftovers,
                                new Teller(spec, me, events),
                                clients);
        this.addresses = byName(specs.stream().map(maker).toList());
    }

    /** In the order of the configuration. */
    private static Map<AddressName, VirtualAddress> byName(List<VirtualAddress> all) {
        Map<AddressName, VirtualAddress> named = new LinkedHashMap<>();
        all.forEach(each -> named.put(each.spec().name(), each));
        return Collections.unmodifiableMap(named);
    }

    /**
     * Removes what a process that was killed left on this machine, and makes the addresses; none is
     * set before {@link #start}.
     *
     * @param directory of the node's own state
     * @param clients are told of an address that goes, and comes
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
            AddressClients clients)
            throws IOException {
        requireNonNull(me, "me is null");
        try {
            Leftovers leftovers = new Leftovers(directory.resolve("addresses"));
            VirtualAddresses made =
                    new VirtualAddresses(me, specs, clock, topology, events, leftovers, clients);
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
        memory = Optional.of(store);
        wishes = Optional.of(new Wishes(store, clock));
        addresses.values().forEach(VirtualAddress::start);
        askForRights();
        subscription = Optional.of(topology.subscribe(this::follow));
        follow(topology.get());
    }

    private synchronized void askForRights() {
        if (planned().isEmpty() || asking.isPresent()) {
            return;
        }
        Rights keeper = new Rights(memory.orElseThrow(), clock, me);
        rights = Optional.of(keeper);
        asking =
                Optional.of(
                        Thread.ofPlatform()
                                .daemon()
                                .name("address-rights")
                                .start(() -> askUntilClosed(keeper)));
    }

    /**
     * Are configured anew, after {@link #start}. What stays where it is, is not taken away in
     * between; what goes is gone when this returns.
     */
    public void become(List<AddressSpec> specs) {
        Map<AddressName, VirtualAddress> before = addresses;
        List<VirtualAddress> next =
                specs.stream()
                        .map(
                                spec ->
                                        Optional.ofNullable(before.get(spec.name()))
                                                .filter(known -> known.stays(spec))
                                                .orElseGet(() -> maker.apply(spec)))
                        .toList();
        List<VirtualAddress> stay =
                before.values().stream().filter(each -> next.contains(each)).toList();
        synchronized (this) {
            addresses = byName(stay);
        }
        // First what goes: its address may have another name from now on.
        before.values().stream().filter(each -> !stay.contains(each)).forEach(this::letGo);
        synchronized (this) {
            addresses = byName(next);
            specs.forEach(spec -> address(spec.name()).become(spec));
        }
        next.stream().filter(each -> !stay.contains(each)).forEach(VirtualAddress::start);
        askForRights();
        follow(topology.get());
    }

    private void letGo(VirtualAddress gone) {
        gone.close();
        rights.ifPresent(keeper -> keeper.forget(gone.spec().name()));
    }

    /** As the operator sees them, in the order of the configuration. */
    public List<AddressStatus> status() {
        AddressObservation seen = observe(topology.get());
        return addresses.values().stream()
                .map(each -> each.status(seen.right(each.spec()).map(AddressRight::holder)))
                .toList();
    }

    /**
     * Has an address go to a node, or be balanced again, in the whole cluster; follows within some
     * seconds. Blocks for as long as consensus takes.
     *
     * @throws ConsensusException if it is not known whether it was written down
     */
    public AddressMove move(AddressName name, Optional<NodeName> to) throws ConsensusException {
        AddressMove judged = AddressMove.judge(observe(topology.get()), name, to);
        if (judged instanceof AddressMove.Possible) {
            wishes.orElseThrow().put(name, to);
        }
        return judged;
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
        wishes.orElseThrow().look(planned());
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
                held,
                wishes.map(Wishes::seen).orElse(Map.of()));
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
