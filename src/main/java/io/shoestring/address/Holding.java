package io.shoestring.address;

import io.shoestring.base.Clock;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.AddressStep;
import io.shoestring.model.NodeName;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Whether one address is wanted on this machine, and whether it is there. INVARIANT: it is set only
 * while it is wanted and its deadline has not passed, both under this object's lock, which is held
 * for no longer than one exchange with the kernel.
 */
final class Holding {
    private static final String EXPIRED = "its lease could not be renewed in time";
    private static final long MILLI_NANOS = 1_000_000L;

    /** The lifetime in the kernel ends up to so much before the deadline. */
    private static final long WHOLE_SECOND_NANOS = 1_000 * MILLI_NANOS;

    /** What the clients' connections get to be reset in. */
    private static final Duration FAREWELL = Duration.ofMillis(50);

    enum State {
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
    private final Teller teller;
    private final AddressClients clients;
    private Optional<AddressStep.Hold> wanted = Optional.empty();
    private Optional<Link> set = Optional.empty();
    private OptionalLong kernelUntilNanos = OptionalLong.empty();
    private State state = State.AWAY;
    private String sentence = "the node is starting";
    private long epoch;
    private boolean closed;

    Holding(
            AddressSpec spec,
            NodeName me,
            Clock clock,
            Netlink netlink,
            Teller teller,
            AddressClients clients) {
        this.spec = spec;
        this.me = me;
        this.clock = clock;
        this.netlink = netlink;
        this.teller = teller;
        this.clients = clients;
    }

    synchronized void want(AddressStep.Hold step) {
        wanted = Optional.of(step);
        notifyAll();
    }

    /** It is gone when this returns; if the kernel refuses, {@link #stays} tries again. */
    synchronized void leave(String reason) {
        if (wanted.isEmpty() && set.isEmpty() && state == State.AWAY) {
            sentence = reason;
            return;
        }
        wanted = Optional.empty();
        state = State.AWAY;
        sentence = reason;
        remove(reason, FAREWELL);
        notifyAll();
    }

    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** Waits until it is wanted for a while; false if it is the end. */
    synchronized boolean awaitWanted() throws InterruptedException {
        while (!closed && worthwhile().isEmpty()) {
            wait();
        }
        return !closed;
    }

    /** Waits until it is time to try again, or it is no longer wanted. */
    synchronized void pause(int seconds) throws InterruptedException {
        long end = clock.nanos() + TimeUnit.SECONDS.toNanos(seconds);
        long left = end - clock.nanos();
        while (left > 0 && !closed && wanted.isPresent()) {
            wait(left / MILLI_NANOS + 1);
            left = end - clock.nanos();
        }
    }

    /** Whether it is on this machine. */
    synchronized boolean isSet() {
        return set.isPresent();
    }

    /** Whether it may be set now. */
    synchronized boolean isWanted() {
        return valid().isPresent();
    }

    synchronized long epoch() {
        return epoch;
    }

    synchronized void enter(State next, String reason) {
        if (wanted.isPresent()) {
            state = next;
            sentence = reason;
        }
    }

    /** Sets it; false if it is no longer wanted. */
    synchronized boolean set(Link link) throws AddressException {
        Optional<AddressStep.Hold> goal = worthwhile();
        if (goal.isEmpty()) {
            return false;
        }
        clients.admit(spec.address().address());
        netlink.add(link, spec.address(), seconds(goal.get()));
        set = Optional.of(link);
        kernelUntilNanos = goal.get().untilNanos();
        epoch = goal.get().epoch();
        state = State.HELD;
        sentence = goal.get().reason();
        teller.set(epoch, sentence);
        return true;
    }

    /** Removes it at its deadline; false if it is gone. */
    synchronized boolean stays(Link link) {
        if (set.isPresent() && valid().isEmpty()) {
            if (wanted.isPresent()) {
                state = State.AWAY;
                sentence = EXPIRED;
            }
            // It is over already: nobody is waited for.
            remove(sentence, Duration.ZERO);
        }
        return set.equals(Optional.of(link)) && !closed;
    }

    /** The kernel removes the address by itself if this process does not renew it in time. */
    synchronized void prolong(Link link) throws AddressException {
        Optional<AddressStep.Hold> goal =
                worthwhile().filter(step -> !step.untilNanos().equals(kernelUntilNanos));
        if (set.isPresent() && goal.isPresent()) {
            netlink.prolong(link, spec.address(), seconds(goal.get()));
            kernelUntilNanos = goal.get().untilNanos();
        }
    }

    /** It is no longer there: the kernel ended its lifetime, or another program took it away. */
    synchronized void vanished(Link link) {
        if (set.isEmpty()) {
            return;
        }
        set = Optional.empty();
        clients.refuse(spec.address().address(), Duration.ZERO);
        boolean lifetime =
                kernelUntilNanos.isPresent()
                        && kernelUntilNanos.getAsLong() - clock.nanos() < WHOLE_SECOND_NANOS;
        if (lifetime) {
            state = State.AWAY;
            sentence = EXPIRED;
            teller.removed(epoch, EXPIRED);
        } else {
            teller.vanished(epoch, link);
        }
    }

    /** Whether another machine uses it too: {@code rival}, or empty text. */
    synchronized void show(String rival) {
        if (set.isPresent() && wanted.isPresent()) {
            state = rival.isEmpty() ? State.HELD : State.CONTESTED;
            sentence =
                    rival.isEmpty()
                            ? wanted.get().reason()
                            : "another machine uses it too: " + rival;
            epoch = wanted.get().epoch();
        }
    }

    /** Whatever ended the claim: nothing is left on the machine. False if the kernel refuses. */
    synchronized boolean clear() {
        remove("it can no longer be watched", FAREWELL);
        return set.isEmpty();
    }

    /** How long one may wait before the deadline has to be looked at, at most {@code most}. */
    synchronized int waitMillis(int most) {
        OptionalLong until = valid().map(AddressStep.Hold::untilNanos).orElse(OptionalLong.empty());
        return until.isEmpty()
                ? most
                : Math.clamp((until.getAsLong() - clock.nanos()) / MILLI_NANOS, 1, most);
    }

    /**
     * As the operator sees it.
     *
     * @param owner the node that shall have it
     */
    synchronized AddressStatus status(Optional<NodeName> owner) {
        boolean elsewhere =
                state == State.AWAY && owner.filter(node -> !node.equals(me)).isPresent();
        return new AddressStatus(
                spec.name().value(),
                spec.address().toString(),
                spec.follows().toString(),
                owner.map(NodeName::value),
                set.map(Link::name).or(spec::networkInterface).orElse(""),
                elsewhere ? "elsewhere" : state.name().toLowerCase(Locale.ROOT),
                sentence.endsWith(".") ? sentence : sentence + ".",
                state == State.HELD || elsewhere);
    }

    private void remove(String reason, Duration farewell) {
        if (set.isEmpty()) {
            return;
        }
        clients.refuse(spec.address().address(), farewell);
        try {
            netlink.remove(set.get(), spec.address());
            set = Optional.empty();
            teller.removed(epoch, reason);
        } catch (AddressException e) {
            teller.trouble(
                    "It could not be removed from " + set.get().name() + ": " + e.getMessage());
        }
    }

    private Optional<AddressStep.Hold> valid() {
        return wanted.filter(
                step ->
                        step.untilNanos().isEmpty()
                                || step.untilNanos().getAsLong() - clock.nanos() > 0);
    }

    /** The kernel counts whole seconds, and must not count beyond the deadline. */
    private Optional<AddressStep.Hold> worthwhile() {
        return valid().filter(step -> seconds(step).orElse(1) > 0);
    }

    private OptionalLong seconds(AddressStep.Hold step) {
        return step.untilNanos().isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(
                        TimeUnit.NANOSECONDS.toSeconds(
                                step.untilNanos().getAsLong() - clock.nanos()));
    }
}
