package io.shoestring.node;

import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseRecord;

import java.util.Map;
import java.util.Optional;

/** One database's record in consensus. Not thread-safe: the loop's. */
final class RecordKeeper {
    /** A record and the revision that it has; 0 before there is one. */
    record Kept(DatabaseRecord record, long revision) {}

    private final ControlStore store;
    private final String key;
    private Kept newest = new Kept(DatabaseRecord.initial(), 0);
    private boolean known;

    RecordKeeper(ControlStore store, DatabaseName database) {
        this.store = store;
        this.key = "databases/" + database + "/record";
    }

    /** As it was read last, if nothing is heard of another since. */
    Optional<Kept> remembered() {
        return known && !store.entryMayDiffer(key, newest.revision())
                ? Optional.of(newest)
                : Optional.empty();
    }

    Kept read() throws ConsensusException {
        return saw(store.get(key));
    }

    String key() {
        return key;
    }

    /** Takes in what consensus said of it. */
    Kept saw(Optional<ControlStore.Entry> entry) {
        if (entry.isPresent() && entry.get().revision() != newest.revision()) {
            newest = new Kept(RecordFormat.read(entry.get().value()), entry.get().revision());
        }
        known = true;
        return newest;
    }

    /** Writes {@code next} if the record is still {@code expected}; whether it was. */
    boolean replace(DatabaseRecord expected, DatabaseRecord next) throws ConsensusException {
        Optional<ControlStore.Transaction> change = change(expected, next);
        return change.isPresent() && store.commit(change.get());
    }

    /**
     * Writes {@code next} if the record is still {@code expected}, and asks who holds {@code
     * resource} then; empty if it is not. {@link #saw} is for the caller to call.
     */
    Optional<ControlStore.Sight> replace(
            DatabaseRecord expected, DatabaseRecord next, String resource)
            throws ConsensusException {
        Optional<ControlStore.Transaction> change = change(expected, next);
        return change.isPresent()
                ? store.commitAndLook(change.get(), key, resource)
                : Optional.empty();
    }

    /** Whatever becomes of it: the next record is to be read. */
    private Optional<ControlStore.Transaction> change(DatabaseRecord expected, DatabaseRecord next)
            throws ConsensusException {
        Optional<Kept> remembered = remembered();
        Kept kept = remembered.isPresent() ? remembered.get() : read();
        known = false;
        return kept.record().equals(expected)
                ? Optional.of(
                        new ControlStore.Transaction(
                                Map.of(key, kept.revision()),
                                Map.of(key, RecordFormat.write(next))))
                : Optional.empty();
    }
}
