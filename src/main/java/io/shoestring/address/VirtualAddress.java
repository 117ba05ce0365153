package io.shoestring.address;

import io.shoestring.base.Clock;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.AddressStep;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;

/**
 * One address on this machine: asked for among the neighbours, set, announced, defended, removed.
 *
 * <pre>
 *   AWAY ─ hold ─► PROBING ─ nobody has it ─► HELD ◄─ 60 s of quiet ─ CONTESTED
 *                   ▲   │                      └──── another uses it ────▲
 *          1…10 s   │   └─ somebody has it ─► REFUSED
 *                   └───────────────────────── REFUSED, BROKEN            leave: from each to AWAY
 * </pre>
 *
 * <p>A thread of its own does what may wait. {@link #leave} does not wait for it: the address is
 * gone from the machine when that returns.
 */
final class VirtualAddress implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VirtualAddress.class);

    /** RFC 5227 waits for seconds, in which a database would have no address. */
    private static final int PROBES = 3;

    private static final int PROBE_MILLIS = 100;
    private static final int TICK_MILLIS = 250;
    private static final long MILLI_NANOS = 1_000_000L;
    private static final long PRESENCE_NANOS = 1_000 * MILLI_NANOS;
    private static final int LONGEST_RETRY_SECONDS = 10;
    private static final long CLOSE_MILLIS = 2_000;

    private volatile AddressSpec spec;
    private final NodeName me;
    private final Clock clock;
    private final Netlink netlink;
    private final Leftovers leftovers;
    private final Teller teller;
    private final Holding holding;
    private final Thread thread;
    private int retrySeconds = 1;

    VirtualAddress(
            AddressSpec spec,
            NodeName me,
            Clock clock,
            Netlink netlink,
            Leftovers leftovers,
            Teller teller,
            AddressClients clients) {
        this.spec = spec;
        this.me = me;
        this.clock = clock;
        this.netlink = netlink;
        this.leftovers = leftovers;
        this.teller = teller;
        this.holding = new Holding(spec, me, clock, netlink, teller, clients);
        this.thread =
                Thread.ofPlatform().daemon().name("address-" + spec.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Whether it can be had by another configuration without being taken away in between. */
    boolean stays(AddressSpec next) {
        return spec.address().equals(next.address())
                && spec.networkInterface().equals(next.networkInterface())
                && spec.follows().equals(next.follows());
    }

    /** Who may have it is configured anew. */
    void become(AddressSpec next) {
        spec = next;
    }

    AddressSpec spec() {
        return spec;
    }

    /** From now on the address shall be on this machine; returns at once. */
    void hold(AddressStep.Hold step) {
        holding.want(step);
    }

    /** From now on it shall not; it is gone when this returns, within milliseconds. */
    void leave(String reason) {
        holding.leave(reason);
    }

    /** Whether it is on this machine. */
    boolean held() {
        return holding.isSet();
    }

    /**
     * As the operator sees it.
     *
     * @param owner the node that shall have it
     */
    AddressStatus status(Optional<NodeName> owner) {
        return holding.status(owner);
    }

    @Override
    public void close() {
        holding.leave("Shoestring ends on this machine");
        holding.close();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        teller.tell();
    }

    private void run() {
        try {
            while (holding.awaitWanted()) {
                attempt();
                teller.tell();
            }
        } catch (InterruptedException e) {
            holding.leave("its thread was interrupted");
        }
    }

    private void attempt() throws InterruptedException {
        try {
            claim();
        } catch (AddressException e) {
            failed(Holding.State.BROKEN, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("address {} met an error that should not occur", spec.address(), e);
            failed(Holding.State.BROKEN, "an error that should not occur; the log has the details");
        }
    }

    private void claim() throws AddressException, InterruptedException {
        Link link = Link.of(spec, netlink);
        Optional<String> already = Link.whichHas(spec.address(), netlink);
        if (already.isPresent()) {
            throw new AddressException(
                    "It is already set on %s, and not by Shoestring: take it out of the machine's own configuration and remove it (ip address del %s dev %s)."
                            .formatted(already.get(), spec.address(), already.get()));
        }
        Optional<MacAddress> owner = Optional.empty();
        try (PacketSocket socket =
                PacketSocket.open(link, Neighbours.of(spec.address(), link.mac()))) {
            owner = probe(socket);
            if (owner.isEmpty()) {
                setAndWatch(socket, link);
            }
        } finally {
            if (holding.clear()) {
                leftovers.forget(spec.name());
            }
        }
        if (owner.isPresent()) {
            failed(Holding.State.REFUSED, foreign(owner.get(), link));
        }
    }

    private String foreign(MacAddress owner, Link link) {
        return "%s does not take it, because another machine has it: %s answers on %s. Take it from that machine; it is tried again every %d s."
                .formatted(me, owner, link.name(), LONGEST_RETRY_SECONDS);
    }

    /** The machine that has it or wants it too. */
    private Optional<MacAddress> probe(PacketSocket socket) throws AddressException {
        holding.enter(
                Holding.State.PROBING, "the neighbours are asked whether another machine has it");
        for (int i = 0; i < PROBES && holding.isWanted(); i++) {
            socket.probe();
            Optional<MacAddress> owner = listen(socket);
            if (owner.isPresent()) {
                return owner;
            }
        }
        return Optional.empty();
    }

    private Optional<MacAddress> listen(PacketSocket socket) throws AddressException {
        long end = clock.nanos() + PROBE_MILLIS * MILLI_NANOS;
        Optional<MacAddress> owner = Optional.empty();
        long left = end - clock.nanos();
        while (owner.isEmpty() && left > 0) {
            owner = socket.listen((int) (left / MILLI_NANOS) + 1, true);
            left = end - clock.nanos();
        }
        return owner;
    }

    private void setAndWatch(PacketSocket socket, Link link) throws AddressException {
        leftovers.remember(spec.name(), link, spec.address());
        if (holding.set(link)) {
            retrySeconds = 1;
            watch(socket, link);
        }
    }

    private void watch(PacketSocket socket, Link link) throws AddressException {
        Announcements announcements = new Announcements(clock);
        Contest contest = new Contest(clock);
        long lookAt = clock.nanos() + PRESENCE_NANOS;
        while (holding.stays(link)) {
            holding.prolong(link);
            if (announcements.due()) {
                socket.announce();
            }
            teller.tell();
            Optional<MacAddress> other = socket.listen(holding.waitMillis(TICK_MILLIS), false);
            if (other.isPresent()) {
                defend(socket, contest, link, other.get());
            }
            holding.show(contest.on() ? contest.rival() : "");
            if (clock.nanos() - lookAt >= 0) {
                lookAt = clock.nanos() + PRESENCE_NANOS;
                look(link);
            }
        }
    }

    private void defend(PacketSocket socket, Contest contest, Link link, MacAddress other)
            throws AddressException {
        if (contest.defend()) {
            socket.announce();
        }
        if (contest.isNew(other)) {
            teller.contested(holding.epoch(), link, other);
        }
    }

    /** Others manage interfaces too, and some of them take away what they do not know. */
    private void look(Link link) throws AddressException {
        if (!Link.whichHas(spec.address(), netlink).equals(Optional.of(link.name()))) {
            holding.vanished(link);
        }
    }

    private void failed(Holding.State state, String reason) throws InterruptedException {
        holding.enter(state, reason);
        teller.trouble(reason);
        teller.tell();
        holding.pause(retrySeconds);
        retrySeconds = Math.min(LONGEST_RETRY_SECONDS, 2 * retrySeconds);
    }
}
