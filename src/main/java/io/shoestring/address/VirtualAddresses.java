package io.shoestring.address;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.control.AddressDecider;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressObservation;
import io.shoestring.model.AddressRight;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.AddressStep;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.Events;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The virtual addresses of one node. They follow the published topology, in the publishing thread:
 * a topology without this node's primary is published before its lease is released, and an address
 * that has to go is gone before the publication returns.
 */
public final class VirtualAddresses implements AutoCloseable {
    private final NodeName me;
    private final Clock clock;
    private final Published<Topology> topology;
    private final Netlink netlink;
    private final Map<AddressName, VirtualAddress> addresses = new LinkedHashMap<>();
    private Optional<Published.Subscription> subscription = Optional.empty();
    private boolean closed;

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

    /** From now on they follow what is published; returns at once. */
    public void start() {
        addresses.values().forEach(VirtualAddress::start);
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
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        subscription.ifPresent(Published.Subscription::close);
        addresses.values().forEach(VirtualAddress::close);
        netlink.close();
    }

    /** Must return at once: it is called by the thread that decides. */
    private synchronized void follow(Topology next) {
        AddressDecider.decide(observe(next))
                .forEach((name, step) -> follow(requireNonNull(addresses.get(name), "?"), step));
    }

    private static void follow(VirtualAddress address, AddressStep step) {
        switch (step) {
            case AddressStep.Hold hold -> address.hold(hold);
            case AddressStep.Leave leave -> address.leave(leave.reason());
            // Of addresses whose right is in consensus; only the primary's can be configured.
            case AddressStep.Ask ask -> address.leave(ask.reason());
            case AddressStep.GiveBack back -> address.leave(back.reason());
        }
    }

    private AddressObservation observe(Topology next) {
        List<AddressSpec> specs = addresses.values().stream().map(VirtualAddress::spec).toList();
        List<AddressName> held =
                addresses.values().stream()
                        .filter(VirtualAddress::held)
                        .map(each -> each.spec().name())
                        .toList();
        return new AddressObservation(clock.nanos(), me, specs, next, Map.of(), Map.of(), held);
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
