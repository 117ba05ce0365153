package io.shoestring.consensus;

import io.shoestring.model.Lease;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The cluster's memory: small values under string keys, and leases. What it says is linearizable: a
 * read sees every write that was acknowledged before the read began. Calls block, at most for the
 * time-out that the implementation was given; call them on a thread that may. Never metrics in
 * here.
 *
 * <p>Time never enters the replicated state: a lease ends by {@link #release}, or because the
 * implementation's own waiting (which starts anew when consensus changes its leader) proposes the
 * expiry as a compare-and-set.
 */
public interface ControlStore extends AutoCloseable {
    /**
     * A value and the log index that wrote it.
     *
     * @param revision grows with every write to any key
     */
    record Entry(String key, String value, long revision) {}

    /**
     * Writes that happen all or not at all.
     *
     * @param expected the revision that each named key must have; 0: the key must not exist
     * @param puts the values to write
     */
    record Transaction(Map<String, Long> expected, Map<String, String> puts) {
        public Transaction {
            expected = Map.copyOf(expected);
            puts = Map.copyOf(puts);
        }
    }

    /** The entry under {@code key}. */
    Optional<Entry> get(String key) throws ConsensusException;

    /** All entries whose key begins with {@code prefix}, in the order of the keys. */
    List<Entry> list(String prefix) throws ConsensusException;

    /** Writes if every expectation holds; returns whether it did. */
    boolean commit(Transaction transaction) throws ConsensusException;

    /**
     * Calls {@code watcher} with every later entry whose key begins with {@code prefix}, in order,
     * on a thread of the implementation, until the returned handle is closed. After an interruption
     * a key that was written several times may be told only once, with its newest value.
     */
    AutoCloseable watch(String prefix, Consumer<Entry> watcher);

    /**
     * A lease that is held.
     *
     * @param renewal the log index of its newest renewal, or of its grant: it grows with each
     */
    record Holding(Lease lease, long renewal) {}

    /** Who holds {@code resource}, and which renewal of it was the newest. */
    Optional<Holding> holding(String resource) throws ConsensusException;

    /** An entry and a lease, read together. */
    record Sight(Optional<Entry> entry, Optional<Holding> holding) {}

    /** {@link #get} and then {@link #holding}, with one question where that is possible. */
    default Sight look(String key, String resource) throws ConsensusException {
        Optional<Entry> entry = get(key);
        return new Sight(entry, holding(resource));
    }

    /**
     * {@link #commit}, and what {@link #look} says after it, with one question where that is
     * possible; empty if it was not done.
     */
    default Optional<Sight> commitAndLook(Transaction transaction, String key, String resource)
            throws ConsensusException {
        return commit(transaction) ? Optional.of(look(key, resource)) : Optional.empty();
    }

    /** Who holds {@code resource}. */
    default Optional<Lease> lease(String resource) throws ConsensusException {
        return holding(resource).map(Holding::lease);
    }

    /**
     * Grants {@code resource} to {@code holder} under a new epoch if nobody holds it; empty if
     * somebody does (also when {@code holder} does). The holder may rely on it until <em>before
     * this call began</em> plus {@code duration}, less its own safety margin.
     */
    Optional<Lease> grant(String resource, String holder, Duration duration)
            throws ConsensusException;

    /**
     * Keeps the lease alive, counted from before this call began; false if it is not held under
     * this epoch any more.
     */
    boolean renew(String resource, Lease lease) throws ConsensusException;

    /** Ends the lease if it is still held under this epoch; returns whether it was. */
    boolean release(String resource, Lease lease) throws ConsensusException;

    /**
     * {@link #release}, and then {@link #grant} to {@code next}, in one step where that is
     * possible; empty if {@code next} was not granted it. Else somebody may get it in between, or
     * nobody has it.
     */
    default Optional<Lease> pass(String resource, Lease lease, String next, Duration duration)
            throws ConsensusException {
        return release(resource, lease) ? grant(resource, next, duration) : Optional.empty();
    }

    /**
     * Ends the lease if it is still held under this epoch and was not renewed since; returns
     * whether it was. For who knows by other means than waiting that its holder cannot go on.
     */
    boolean expire(String resource, Holding holding) throws ConsensusException;

    /**
     * Whether {@code resource} may be held otherwise than {@code known} says, by what this node has
     * heard without asking. For who asks again and again, and need not while nothing happens: false
     * proves nothing, since news may be on its way. Never blocks.
     */
    default boolean leaseMayDiffer(String resource, Optional<Lease> known) {
        return true;
    }

    /**
     * Whether {@code key} may have another revision than {@code known}, 0 for none, by what this
     * node has heard without asking; like {@link #leaseMayDiffer}.
     */
    default boolean entryMayDiffer(String key, long known) {
        return true;
    }

    /** The names of the voting nodes. */
    List<String> members() throws ConsensusException;

    /**
     * The voters that have not answered this node for {@code atLeast}, if it leads; else none, also
     * where others vote. Never blocks.
     */
    default List<String> unheard(Duration atLeast) {
        return List.of();
    }

    /**
     * Has that voter lead instead of this node, if this one leads; takes a second at most. Whether
     * it does.
     */
    default boolean handOver(String voter) throws ConsensusException {
        return false;
    }

    @Override
    void close();
}
