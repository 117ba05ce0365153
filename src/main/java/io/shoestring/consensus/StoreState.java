package io.shoestring.consensus;

import static java.util.Objects.requireNonNull;

import io.shoestring.consensus.ControlStore.Entry;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The replicated state: a pure function of the log. Every implementation that keeps a log uses this
 * one.
 *
 * <p>INVARIANT: revisions and epochs are log indexes, so they only grow, and no two grants have the
 * same epoch. INVARIANT: a resource has at most one holder. The state is small (a few keys for each
 * database), therefore a changed state is a copy.
 */
public final class StoreState {
    private final long index;
    private final SortedMap<String, Entry> entries;
    private final SortedMap<String, Held> leases;

    /**
     * A lease that is held.
     *
     * @param renewal the log index of the grant or of the newest renewal
     */
    public record Held(long epoch, String holder, long durationMillis, long renewal) {
        public Held {
            requireNonNull(holder, "holder is null");
        }

        /** Without the part that is only for the one who watches over expiry. */
        public Lease lease() {
            return new Lease(epoch, new MemberName(holder));
        }
    }

    /**
     * What a command led to.
     *
     * @param done whether it changed anything; if not, {@code state} is as before but for the index
     * @param written the entries that it wrote, in the order of their keys
     */
    public record Applied(StoreState state, boolean done, List<Entry> written) {
        public Applied {
            written = List.copyOf(written);
        }
    }

    /** A state as it comes out of a snapshot. */
    public StoreState(long index, Map<String, Entry> entries, Map<String, Held> leases) {
        this.index = index;
        this.entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
        this.leases = Collections.unmodifiableSortedMap(new TreeMap<>(leases));
    }

    /** Before the first command. */
    public static StoreState empty() {
        return new StoreState(0, Map.of(), Map.of());
    }

    /** The log index of the last command that is in here. */
    public long index() {
        return index;
    }

    /** All entries by key. */
    public SortedMap<String, Entry> entries() {
        return entries;
    }

    /** All leases that are held, by resource. */
    public SortedMap<String, Held> leases() {
        return leases;
    }

    /** The entry under {@code key}. */
    public Optional<Entry> get(String key) {
        return Optional.ofNullable(entries.get(key));
    }

    /** Entries whose key begins with {@code prefix}, in the order of the keys. */
    public List<Entry> list(String prefix) {
        return entries.tailMap(prefix).values().stream()
                .takeWhile(entry -> entry.key().startsWith(prefix))
                .toList();
    }

    /** Who holds {@code resource}. */
    public Optional<Lease> lease(String resource) {
        return Optional.ofNullable(leases.get(resource)).map(Held::lease);
    }

    /** Who holds {@code resource}, and its newest renewal. */
    public Optional<ControlStore.Holding> holding(String resource) {
        return Optional.ofNullable(leases.get(resource))
                .map(held -> new ControlStore.Holding(held.lease(), held.renewal()));
    }

    /** The state after {@code command}, which stands at {@code commandIndex} in the log. */
    public Applied apply(long commandIndex, Command command) {
        return switch (command) {
            case Command.Put put -> put(commandIndex, put);
            case Command.Grant grant -> grant(commandIndex, grant);
            case Command.Renew renew -> renew(commandIndex, renew);
            case Command.Release release ->
                    end(
                            commandIndex,
                            release.resource(),
                            isHeld(release.resource(), release.epoch()));
            case Command.Pass pass -> pass(commandIndex, pass);
            case Command.Expire expire -> end(commandIndex, expire.resource(), overdue(expire));
        };
    }

    private Applied put(long at, Command.Put put) {
        boolean asExpected =
                put.expected().entrySet().stream()
                        .allMatch(expected -> revision(expected.getKey()) == expected.getValue());
        if (!asExpected) {
            return refused(at);
        }
        SortedMap<String, Entry> changed = new TreeMap<>(entries);
        List<Entry> written = new ArrayList<>();
        for (Map.Entry<String, String> pair : new TreeMap<>(put.puts()).entrySet()) {
            Entry entry = new Entry(pair.getKey(), pair.getValue(), at);
            changed.put(entry.key(), entry);
            written.add(entry);
        }
        return new Applied(new StoreState(at, changed, leases), true, written);
    }

    private long revision(String key) {
        return get(key).map(Entry::revision).orElse(0L);
    }

    private Applied grant(long at, Command.Grant grant) {
        if (leases.containsKey(grant.resource())) {
            return refused(at);
        }
        return holding(
                at, grant.resource(), new Held(at, grant.holder(), grant.durationMillis(), at));
    }

    private Applied renew(long at, Command.Renew renew) {
        Held held = leases.get(renew.resource());
        if (held == null || held.epoch() != renew.epoch()) {
            return refused(at);
        }
        return holding(
                at,
                renew.resource(),
                new Held(held.epoch(), held.holder(), held.durationMillis(), at));
    }

    private boolean isHeld(String resource, long epoch) {
        Held held = leases.get(resource);
        return held != null && held.epoch() == epoch;
    }

    private Applied pass(long at, Command.Pass pass) {
        return isHeld(pass.resource(), pass.epoch())
                ? holding(at, pass.resource(), new Held(at, pass.next(), pass.durationMillis(), at))
                : refused(at);
    }

    private boolean overdue(Command.Expire expire) {
        Held held = leases.get(expire.resource());
        return held != null && held.epoch() == expire.epoch() && held.renewal() == expire.renewal();
    }

    private Applied holding(long at, String resource, Held held) {
        SortedMap<String, Held> changed = new TreeMap<>(leases);
        changed.put(resource, held);
        return new Applied(new StoreState(at, entries, changed), true, List.of());
    }

    private Applied end(long at, String resource, boolean allowed) {
        if (!allowed) {
            return refused(at);
        }
        SortedMap<String, Held> changed = new TreeMap<>(leases);
        changed.remove(resource);
        return new Applied(new StoreState(at, entries, changed), true, List.of());
    }

    private Applied refused(long at) {
        return new Applied(new StoreState(at, entries, leases), false, List.of());
    }
}
