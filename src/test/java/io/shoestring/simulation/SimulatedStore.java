package io.shoestring.simulation;

import io.shoestring.consensus.Command;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.Expiry;
import io.shoestring.consensus.StoreState;
import io.shoestring.model.Lease;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The real state machine without a disk; it can fail before or after a command took effect. */
final class SimulatedStore implements ControlStore {
    /** The node is gone in the middle of a call. */
    static final class NodeCrash extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final World world;
    private final Consumer<Command> applied;
    private StoreState state = StoreState.empty();
    private Optional<Lease> newestGrant = Optional.empty();
    private Expiry expiry;
    private boolean faulty;

    SimulatedStore(World world, Consumer<Command> applied) {
        this.world = world;
        this.applied = applied;
        this.expiry = new Expiry(world);
    }

    void faulty(boolean on) {
        faulty = on;
    }

    StoreState state() {
        return state;
    }

    /** The lease that was granted last, whether or not it is still held. */
    Optional<Lease> newestGrant() {
        return newestGrant;
    }

    /** Waiting starts anew with the process. */
    void restarted() {
        expiry = new Expiry(world);
    }

    void expire() {
        expiry.overdue(state).forEach(this::apply);
    }

    @Override
    public Optional<Entry> get(String key) {
        return state.get(key);
    }

    @Override
    public List<Entry> list(String prefix) {
        return state.list(prefix);
    }

    @Override
    public boolean commit(Transaction transaction) throws ConsensusException {
        return propose(new Command.Put(transaction.expected(), transaction.puts())).done();
    }

    @Override
    public AutoCloseable watch(String prefix, Consumer<Entry> watcher) {
        throw new UnsupportedOperationException("the loop reads");
    }

    @Override
    public Optional<Lease> lease(String resource) {
        return state.lease(resource);
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
    public List<String> members() {
        return List.of("local");
    }

    @Override
    public void close() {}

    private StoreState.Applied propose(Command command) throws ConsensusException {
        failByChance(0.01);
        StoreState.Applied result = apply(command);
        failByChance(0.01);
        return result;
    }

    private StoreState.Applied apply(Command command) {
        StoreState.Applied result = state.apply(state.index() + 1, command);
        if (result.done()) {
            applied.accept(command);
            state = result.state();
            if (command instanceof Command.Grant grant) {
                newestGrant = state.lease(grant.resource());
            }
        }
        return result;
    }

    private void failByChance(double probability) throws ConsensusException {
        if (faulty && world.chance(probability)) {
            if (world.chance(0.5)) {
                throw new NodeCrash();
            }
            throw new ConsensusException("The simulated store did not answer.");
        }
    }
}
