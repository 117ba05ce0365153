package io.shoestring.simulation;

import io.shoestring.base.Clock;
import io.shoestring.consensus.Command;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.Expiry;
import io.shoestring.consensus.StoreState;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The real state machine without a disk, reached by whoever is with a majority. A call can fail
 * before or after it took effect, and the caller can be frozen in the middle of it.
 */
final class SimulatedStore {
    static final String LEASE = "databases/shop";

    /** The node is gone in the middle of a call. */
    static final class NodeCrash extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** A node, as the store sees it. */
    interface Caller {
        boolean withMajority();

        /** Takes long, while everything else goes on; or never ends. */
        void freezeInside();
    }

    private final World world;
    private final Consumer<Command> applied;
    private final boolean hasty;
    private final Map<MemberName, Long> renewedMillis = new HashMap<>();
    private StoreState state = StoreState.empty();
    private Optional<Lease> newestGrant = Optional.empty();
    private Optional<Expiry> expiry = Optional.empty();
    private boolean faulty;

    /**
     * @param hasty whether leases end long before they should
     */
    SimulatedStore(World world, boolean hasty, Consumer<Command> applied) {
        this.world = world;
        this.hasty = hasty;
        this.applied = applied;
    }

    void faulty(boolean on) {
        faulty = on;
    }

    StoreState state() {
        return state;
    }

    /** The database's lease that was granted last, whether or not it is still held. */
    Optional<Lease> newestGrant() {
        return newestGrant;
    }

    /** Waiting starts anew with another leader. */
    void ledBy(Clock clock) {
        expiry = Optional.of(new Expiry(clock));
    }

    void expire() {
        expiry.ifPresent(it -> it.overdue(state).forEach(this::apply));
        Optional<Lease> lease = state.lease(LEASE);
        if (hasty && lease.isPresent()) {
            long since = renewedMillis.getOrDefault(lease.get().holder(), 0L);
            if (world.millis() - since > 3_500) {
                apply(new Command.Release(LEASE, lease.get().epoch()));
            }
        }
    }

    /** The store as {@code caller} reaches it. */
    ControlStore from(Caller caller) {
        return new View(caller);
    }

    private StoreState.Applied apply(Command command) {
        StoreState.Applied result = state.apply(state.index() + 1, command);
        if (result.done()) {
            applied.accept(command);
            state = result.state();
            if (grants(command)) {
                newestGrant = state.lease(LEASE);
                renewedMillis.put(newestGrant.orElseThrow().holder(), world.millis());
            }
            if (command instanceof Command.Renew renew && renew.resource().equals(LEASE)) {
                renewedMillis.put(state.lease(LEASE).orElseThrow().holder(), world.millis());
            }
        }
        return result;
    }

    private static boolean grants(Command command) {
        return switch (command) {
            case Command.Grant grant -> grant.resource().equals(LEASE);
            case Command.Pass pass -> pass.resource().equals(LEASE);
            case Command.Put put -> false;
            case Command.Renew renew -> false;
            case Command.Release release -> false;
            case Command.Expire expire -> false;
        };
    }

    private final class View implements ControlStore {
        private final Caller caller;

        private StoreState heard = state;

        View(Caller caller) {
            this.caller = caller;
        }

        /** Who is with the majority hears of most changes at once. */
        private StoreState heard() {
            if (caller.withMajority() && world.millis() % 5 > 0) {
                heard = state;
            }
            return heard;
        }

        @Override
        public boolean leaseMayDiffer(String resource, Optional<Lease> known) {
            return !heard().lease(resource).equals(known);
        }

        @Override
        public boolean entryMayDiffer(String key, long known) {
            return heard().get(key).map(Entry::revision).orElse(0L) != known;
        }

        @Override
        public Optional<Entry> get(String key) throws ConsensusException {
            reach();
            return state.get(key);
        }

        @Override
        public List<Entry> list(String prefix) throws ConsensusException {
            reach();
            return state.list(prefix);
        }

        @Override
        public boolean commit(Transaction transaction) throws ConsensusException {
            return propose(new Command.Put(transaction.expected(), transaction.puts())).done();
        }

        @Override
        public Optional<Sight> commitAndLook(Transaction transaction, String key, String resource)
                throws ConsensusException {
            StoreState.Applied result =
                    propose(new Command.Put(transaction.expected(), transaction.puts()));
            return result.done()
                    ? Optional.of(
                            new Sight(result.state().get(key), result.state().holding(resource)))
                    : Optional.empty();
        }

        @Override
        public AutoCloseable watch(String prefix, Consumer<Entry> watcher) {
            throw new UnsupportedOperationException("the loop reads");
        }

        @Override
        public Optional<Holding> holding(String resource) throws ConsensusException {
            reach();
            return state.holding(resource);
        }

        @Override
        public Optional<Lease> grant(String resource, String holder, Duration duration)
                throws ConsensusException {
            StoreState.Applied result =
                    propose(new Command.Grant(resource, holder, duration.toMillis()));
            return result.done() ? result.state().lease(resource) : Optional.empty();
        }

        @Override
        public boolean renew(String resource, Lease lease) throws ConsensusException {
            return propose(new Command.Renew(resource, lease.epoch())).done();
        }

        @Override
        public boolean release(String resource, Lease lease) throws ConsensusException {
            return propose(new Command.Release(resource, lease.epoch())).done();
        }

        @Override
        public Optional<Lease> pass(String resource, Lease lease, String next, Duration duration)
                throws ConsensusException {
            StoreState.Applied result =
                    propose(new Command.Pass(resource, lease.epoch(), next, duration.toMillis()));
            return result.done() ? result.state().lease(resource) : Optional.empty();
        }

        @Override
        public boolean expire(String resource, Holding holding) throws ConsensusException {
            return propose(new Command.Expire(resource, holding.lease().epoch(), holding.renewal()))
                    .done();
        }

        @Override
        public List<String> members() {
            return List.of("local");
        }

        @Override
        public void close() {}

        private StoreState.Applied propose(Command command) throws ConsensusException {
            if (faulty && world.chance(0.003)) {
                caller.freezeInside();
            }
            failByChance();
            reach();
            StoreState.Applied result = apply(command);
            failByChance();
            return result;
        }

        private void reach() throws ConsensusException {
            if (!caller.withMajority()) {
                throw new ConsensusException("No majority answers.");
            }
        }

        private void failByChance() throws ConsensusException {
            if (faulty && world.chance(0.005)) {
                if (world.chance(0.5)) {
                    throw new NodeCrash();
                }
                throw new ConsensusException("The simulated store did not answer.");
            }
        }
    }
}
