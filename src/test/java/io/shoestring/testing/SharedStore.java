package io.shoestring.testing;

import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.Lease;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** One real store, as a node reaches it that may be cut off from the majority. */
public record SharedStore(ControlStore store, BooleanSupplier reaches) implements ControlStore {
    @Override
    public Optional<Entry> get(String key) throws ConsensusException {
        return reached().get(key);
    }

    @Override
    public List<Entry> list(String prefix) throws ConsensusException {
        return reached().list(prefix);
    }

    @Override
    public boolean commit(Transaction transaction) throws ConsensusException {
        return reached().commit(transaction);
    }

    @Override
    public AutoCloseable watch(String prefix, Consumer<Entry> watcher) {
        return store.watch(prefix, watcher);
    }

    @Override
    public Optional<Holding> holding(String resource) throws ConsensusException {
        return reached().holding(resource);
    }

    @Override
    public Optional<Lease> grant(String resource, String holder, Duration duration)
            throws ConsensusException {
        return reached().grant(resource, holder, duration);
    }

    @Override
    public boolean renew(String resource, Lease lease) throws ConsensusException {
        return reached().renew(resource, lease);
    }

    @Override
    public boolean release(String resource, Lease lease) throws ConsensusException {
        return reached().release(resource, lease);
    }

    @Override
    public boolean expire(String resource, Holding holding) throws ConsensusException {
        return reached().expire(resource, holding);
    }

    @Override
    public List<String> members() throws ConsensusException {
        return reached().members();
    }

    @Override
    public void close() {
        // It belongs to all of them.
    }

    private ControlStore reached() throws ConsensusException {
        if (!reaches.getAsBoolean()) {
            throw new ConsensusException("No majority answers.");
        }
        return store;
    }
}
