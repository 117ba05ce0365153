package io.shoestring.consensus;

import io.shoestring.model.Lease;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A part of a store that looks like a whole and empty one: a test's own room in a shared store. */
public record Scoped(ControlStore store, String scope) implements ControlStore {
    @Override
    public Optional<Entry> get(String key) throws ConsensusException {
        return store.get(scope + key).map(this::inner);
    }

    @Override
    public List<Entry> list(String prefix) throws ConsensusException {
        return store.list(scope + prefix).stream().map(this::inner).toList();
    }

    @Override
    public boolean commit(Transaction transaction) throws ConsensusException {
        return store.commit(
                new Transaction(outer(transaction.expected()), outer(transaction.puts())));
    }

    @Override
    public AutoCloseable watch(String prefix, Consumer<Entry> watcher) {
        return store.watch(scope + prefix, entry -> watcher.accept(inner(entry)));
    }

    @Override
    public Optional<Holding> holding(String resource) throws ConsensusException {
        return store.holding(scope + resource);
    }

    @Override
    public Optional<Lease> grant(String resource, String holder, Duration duration)
            throws ConsensusException {
        return store.grant(scope + resource, holder, duration);
    }

    @Override
    public boolean renew(String resource, Lease lease) throws ConsensusException {
        return store.renew(scope + resource, lease);
    }

    @Override
    public boolean release(String resource, Lease lease) throws ConsensusException {
        return store.release(scope + resource, lease);
    }

    @Override
    public boolean expire(String resource, Holding holding) throws ConsensusException {
        return store.expire(scope + resource, holding);
    }

    @Override
    public List<String> members() throws ConsensusException {
        return store.members();
    }

    @Override
    public void close() {
        store.close();
    }

    private Entry inner(Entry entry) {
        return new Entry(entry.key().substring(scope.length()), entry.value(), entry.revision());
    }

    private <V> Map<String, V> outer(Map<String, V> inner) {
        Map<String, V> outer = new TreeMap<>();
        inner.forEach((key, value) -> outer.put(scope + key, value));
        return outer;
    }
}
