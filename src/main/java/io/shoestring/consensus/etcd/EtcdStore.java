package io.shoestring.consensus.etcd;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.etcd.EtcdCalls.Kind;
import io.shoestring.model.Lease;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The cluster's memory in an etcd (version 3.4 or newer). Its revisions are ours; reads are
 * linearizable, as etcd's are when nothing else is asked for. Thread-safe.
 */
public final class EtcdStore implements ControlStore {
    /** Etcd refuses larger transactions than this unless it is told otherwise. */
    private static final int MOST_OPERATIONS = 128;

    private final EtcdCalls calls;
    private final EtcdKeys keys;
    private final EtcdLeases leases;
    private final Set<EtcdWatch> watches = ConcurrentHashMap.newKeySet();

    private EtcdStore(EtcdSettings settings, Clock clock) throws IOException {
        this.calls = new EtcdCalls(settings);
        this.keys = EtcdKeys.entries(settings.cluster());
        this.leases = new EtcdLeases(calls, EtcdKeys.leases(settings.cluster()), clock);
    }

    /**
     * A store in the etcd. Nothing is sent before it is used, so an etcd that is down now does not
     * keep a node from starting.
     *
     * @param clock for the waiting before a lease is ended
     * @throws ConsensusException if a certificate cannot be used
     */
    public static EtcdStore open(EtcdSettings settings, Clock clock) throws ConsensusException {
        try {
            return new EtcdStore(settings, clock);
        } catch (IOException e) {
            throw new ConsensusException("The etcd cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<Entry> get(String key) throws ConsensusException {
        return entries(keys.one(key)).stream().findFirst();
    }

    @Override
    public List<Entry> list(String prefix) throws ConsensusException {
        return entries(keys.all(prefix));
    }

    private List<Entry> entries(ObjectNode range) throws ConsensusException {
        List<Entry> entries = new ArrayList<>();
        for (JsonNode found : calls.call("/v3/kv/range", range, Kind.READ).path("kvs")) {
            entries.add(keys.entry(found));
        }
        return entries;
    }

    @Override
    public boolean commit(Transaction transaction) throws ConsensusException {
        if (transaction.puts().size() > MOST_OPERATIONS) {
            throw new ConsensusException(
                    "A change of %d keys is more than the %d that an etcd takes at once; nothing was"
                            .concat(" changed.")
                            .formatted(transaction.puts().size(), MOST_OPERATIONS));
        }
        List<ObjectNode> conditions = new ArrayList<>();
        transaction
                .expected()
                .forEach((key, revision) -> conditions.add(keys.changedAt(key, revision)));
        List<ObjectNode> changes = new ArrayList<>();
        transaction.puts().forEach((key, value) -> changes.add(keys.put(key, value)));
        ObjectNode body = EtcdKeys.transaction(conditions, changes);
        return calls.call("/v3/kv/txn", body, Kind.WRITE).path("succeeded").asBoolean(false);
    }

    @Override
    public AutoCloseable watch(String prefix, Consumer<Entry> watcher) {
        EtcdWatch watch = new EtcdWatch(calls, keys, prefix, watcher);
        watches.add(watch);
        return () -> {
            watches.remove(watch);
            watch.close();
        };
    }

    @Override
    public Optional<Holding> holding(String resource) throws ConsensusException {
        return leases.holding(resource);
    }

    @Override
    public Optional<Lease> grant(String resource, String holder, Duration duration)
            throws ConsensusException {
        return leases.grant(resource, holder, duration);
    }

    @Override
    public boolean renew(String resource, Lease lease) throws ConsensusException {
        return leases.renew(resource, lease);
    }

    @Override
    public boolean release(String resource, Lease lease) throws ConsensusException {
        return leases.release(resource, lease);
    }

    @Override
    public boolean expire(String resource, Holding holding) throws ConsensusException {
        return leases.expire(resource, holding);
    }

    /** The members of the etcd. */
    @Override
    public List<String> members() throws ConsensusException {
        List<String> names = new ArrayList<>();
        JsonNode answer = calls.call("/v3/cluster/member/list", EtcdCalls.object(), Kind.READ);
        for (JsonNode member : answer.path("members")) {
            names.add(member.path("name").asString(""));
        }
        return names;
    }

    @Override
    public void close() {
        leases.close();
        watches.forEach(EtcdWatch::close);
        calls.close();
    }
}
