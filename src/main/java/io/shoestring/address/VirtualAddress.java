package io.shoestring.address;

import io.shoestring.base.Clock;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.AddressStep;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

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
 * gone from the machine when that returns. INVARIANT: an address is set only while it is wanted and
 * its deadline has not passed, both under the lock.
 */
final class VirtualAddress implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VirtualAddress.class);

    /** RFC 5227 waits for seconds, in which a database would have no address. */
    private static final int PROBES = 3;

    private static final int PROBE_MILLIS = 100;
    private static final int TICK_MILLIS = 100;
    private static final long MILLI_NANOS = 1_000_000L;
    private static final long PRESENCE_NANOS = 1_000 * MILLI_NANOS;
    private static final int LONGEST_RETRY_SECONDS = 10;
    private static final long CLOSE_MILLIS = 2_000;

    private enum State {
        AWAY,
        PROBING,
        HELD,
        CONTESTED,
        REFUSED,
        BROKEN
    }

    private final AddressSpec spec;
    private final NodeName me;
    private final Clock clock;
    private final Netlink netlink;
    private final Leftovers leftovers;
    private final Teller teller;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Optional<AddressStep.Hold> wanted = Optional.empty();
    private Optional<Link> set = Optional.empty();
    private State state = State.AWAY;
    private String sentence = "the node is starting";
    private long epoch;
    private boolean closed;

    private int retrySeconds = 1;

    VirtualAddress(
            AddressSpec spec,
            NodeName me,
            Clock clock,
            Netlink netlink,
            Leftovers leftovers,
            Teller teller) {
        this.spec = spec;
        this.me = me;
        this.clock = clock;
        this.netlink = netlink;
        this.leftovers = leftovers;
        this.teller = teller;
        this.thread =
                Thread.ofPlatform().daemon().name("address-" + spec.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    AddressSpec spec() {
        return spec;
    }

    /** From now on the address shall be on this machine; returns at once. */
    void hold(AddressStep.Hold step) {
        lock.lock();
        try {
            wanted = Optional.of(step);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** From now on it shall not; it is gone when this returns, within milliseconds. */
    void leave(String reason) {
        lock.lock();
        try {
            wanted = Optional.empty();
            state = State.AWAY;
            sentence = reason;
            remove(reason);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is on this machine. */
    boolean held() {
        lock.lock();
        try {
            return set.isPresent();
        } finally {
            lock.unlock();
        }
    }

    /**
     * As the operator sees it.
     *
     * @param owner the node that shall have it
     */
    AddressStatus status(Optional<NodeName> owner) {
        lock.lock();
        try {
            boolean elsewhere =
                    state == State.AWAY && owner.filter(node -> !node.equals(me)).isPresent();
            return new AddressStatus(
                    spec.name().value(),
                    spec.address().toString(),
                    spec.follows().toString(),
                    owner.map(NodeName::value),
                    set.map(Link::name).or(spec::networkInterface).orElse(""),
                    elsewhere ? "elsewhere" : state.name().toLowerCase(Locale.ROOT),
                    stopped(sentence),
                    state == State.HELD || elsewhere);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        leave("Shoestring ends on this machine");
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        teller.tell();
    }

    private void run() {
        while (awaitWanted()) {
            try {
                claim();
            } catch (AddressException e) {
                failed(State.BROKEN, String.valueOf(e.getMessage()));
            } catch (RuntimeException e) {
                LOG.error("address {} met an error that should not occur", spec.address(), e);
                failed(State.BROKEN, "an error that should not occur; the log has the details");
            }
            teller.tell();
        }
    }

    /** False if it is the end. */
    private boolean awaitWanted() {
        lock.lock();
        try {
            while (!closed && wanted.isEmpty()) {
                changed.awaitUninterruptibly();
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private void claim() throws AddressException {
        Link link = Link.of(spec);
        Optional<String> already = Link.whichHas(spec.address());
        if (already.isPresent()) {
            throw new AddressException(
                    "It is already set on %s, and not by Shoestring: take it out of the machine's own configuration and remove it (ip address del %s dev %s)."
                            .formatted(already.get(), spec.address(), already.get()));
        }
        try (PacketSocket socket =
                PacketSocket.open(link, Neighbours.of(spec.address(), link.mac()))) {
            Optional<MacAddress> owner = probe(socket);
            if (owner.isPresent()) {
                failed(State.REFUSED, foreign(owner.get(), link));
            } else if (set(link)) {
                retrySeconds = 1;
                watch(socket, link);
            }
        } finally {
            clear();
        }
    }

    private String foreign(MacAddress owner, Link link) {
        return "%s does not take it, because another machine has it: %s answers on %s. Take it from that machine; it is tried again every %d s."
                .formatted(me, owner, link.name(), LONGEST_RETRY_SECONDS);
    }

    /** The machine that has it or wants it too. */
    private Optional<MacAddress> probe(PacketSocket socket) throws AddressException {
        enter(State.PROBING, "the neighbours are asked whether another machine has it");
        for (int i = 0; i < PROBES && goal().isPresent(); i++) {
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

    /** Whether it is set now; not if it is no longer wanted. */
    private boolean set(Link link) throws AddressException {
        leftovers.remember(spec.name(), link, spec.address());
        lock.lock();
        try {
            Optional<AddressStep.Hold> goal = valid().filter(this::isWorthwhile);
            if (goal.isEmpty()) {
                return false;
            }
            netlink.add(link, spec.address(), seconds(goal.get()));
            set = Optional.of(link);
            epoch = goal.get().epoch();
            state = State.HELD;
            sentence = goal.get().reason();
            teller.set(epoch, sentence);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void watch(PacketSocket socket, Link link) throws AddressException {
        Announcements announcements = new Announcements(clock);
        Contest contest = new Contest(clock);
        OptionalLong until = goal().map(AddressStep.Hold::untilNanos).orElse(OptionalLong.empty());
        long lookAt = clock.nanos() + PRESENCE_NANOS;
        while (stays(link)) {
            until = prolong(link, until);
            if (announcements.due()) {
                socket.announce();
            }
            teller.tell();
            Optional<MacAddress> other = socket.listen(tickMillis(), false);
            if (other.isPresent() && contest.defend()) {
                socket.announce();
            }
            other.filter(contest::isNew).ifPresent(mac -> teller.contested(epoch(), link, mac));
            show(contest);
            if (clock.nanos() - lookAt >= 0) {
                lookAt = clock.nanos() + PRESENCE_NANOS;
                look(link);
            }
        }
    }

    /** Removes it at its deadline; false if it is gone. */
    private boolean stays(Link link) {
        lock.lock();
        try {
            if (set.isPresent() && valid().isEmpty()) {
                state = State.AWAY;
                sentence = "its lease could not be renewed in time";
                remove(sentence);
            }
            return set.equals(Optional.of(link)) && !closed;
        } finally {
            lock.unlock();
        }
    }

    /** The kernel removes the address by itself if this process does not renew it in time. */
    private OptionalLong prolong(Link link, OptionalLong until) throws AddressException {
        lock.lock();
        try {
            Optional<AddressStep.Hold> goal =
                    valid().filter(step -> !step.untilNanos().equals(until))
                            .filter(this::isWorthwhile);
            if (set.isEmpty() || goal.isEmpty()) {
                return until;
            }
            netlink.prolong(link, spec.address(), seconds(goal.get()));
            return goal.get().untilNanos();
        } finally {
            lock.unlock();
        }
    }

    /** Others manage interfaces too, and some of them take away what they do not know. */
    private void look(Link link) throws AddressException {
        boolean there = Link.whichHas(spec.address()).equals(Optional.of(link.name()));
        lock.lock();
        try {
            if (!there && set.isPresent()) {
                set = Optional.empty();
                teller.vanished(epoch, link);
            }
        } finally {
            lock.unlock();
        }
    }

    private void show(Contest contest) {
        lock.lock();
        try {
            if (set.isPresent()) {
                boolean on = contest.on();
                state = on ? State.CONTESTED : State.HELD;
                sentence =
                        on
                                ? "another machine uses it too: " + contest.rival()
                                : wanted.map(AddressStep.Hold::reason).orElse(sentence);
                epoch = wanted.map(AddressStep.Hold::epoch).orElse(epoch);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whatever ended the claim: nothing is left on the machine, nor in the directory. */
    private void clear() throws AddressException {
        lock.lock();
        try {
            remove("it can no longer be watched");
            if (set.isPresent()) {
                return;
            }
        } finally {
            lock.unlock();
        }
        leftovers.forget(spec.name());
    }

    /** With the lock. If it fails, the thread that watches the address tries again. */
    private void remove(String reason) {
        if (set.isEmpty()) {
            return;
        }
        try {
            netlink.remove(set.get(), spec.address());
            set = Optional.empty();
            teller.removed(epoch, reason);
        } catch (AddressException e) {
            teller.trouble(
                    "It could not be removed from " + set.get().name() + ": " + e.getMessage());
        }
    }

    private void failed(State next, String reason) {
        enter(next, reason);
        teller.trouble(reason);
        teller.tell();
        pause(retrySeconds);
        retrySeconds = Math.min(LONGEST_RETRY_SECONDS, 2 * retrySeconds);
    }

    private void enter(State next, String reason) {
        lock.lock();
        try {
            if (wanted.isPresent()) {
                state = next;
                sentence = reason;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Until it is time to try again, or it is no longer wanted. */
    private void pause(int seconds) {
        lock.lock();
        try {
            long left = TimeUnit.SECONDS.toNanos(seconds);
            while (left > 0 && !closed && wanted.isPresent()) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private Optional<AddressStep.Hold> goal() {
        lock.lock();
        try {
            return valid();
        } finally {
            lock.unlock();
        }
    }

    /** With the lock. */
    private Optional<AddressStep.Hold> valid() {
        return wanted.filter(
                step ->
                        step.untilNanos().isEmpty()
                                || step.untilNanos().getAsLong() - clock.nanos() > 0);
    }

    private long epoch() {
        lock.lock();
        try {
            return epoch;
        } finally {
            lock.unlock();
        }
    }

    /** No longer than until the deadline. */
    private int tickMillis() {
        long left =
                goal().map(AddressStep.Hold::untilNanos)
                        .filter(OptionalLong::isPresent)
                        .map(until -> (until.getAsLong() - clock.nanos()) / MILLI_NANOS)
                        .orElse((long) TICK_MILLIS);
        return Math.clamp(left, 1, TICK_MILLIS);
    }

    /** The kernel counts whole seconds, and must not count beyond the deadline. */
    private boolean isWorthwhile(AddressStep.Hold goal) {
        return seconds(goal).orElse(1) > 0;
    }

    private OptionalLong seconds(AddressStep.Hold goal) {
        return goal.untilNanos().isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(
                        TimeUnit.NANOSECONDS.toSeconds(
                                goal.untilNanos().getAsLong() - clock.nanos()));
    }

    private static String stopped(String text) {
        return text.endsWith(".") ? text : text + ".";
    }
}
