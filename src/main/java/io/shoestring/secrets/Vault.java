package io.shoestring.secrets;

import static java.util.Objects.requireNonNull;

import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.ControlStore.Entry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.util.Map;
import java.util.Optional;

/**
 * Values in consensus that only nodes of the cluster can read: on the disks of voters, and in an
 * etcd that others use too, they are sealed. Calls block as those of {@link ControlStore} do.
 * Thread-safe.
 */
public final class Vault {
    private static final Logger LOG = LoggerFactory.getLogger(Vault.class);
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final ControlStore store;
    private final Seal seal;

    public Vault(ControlStore store, Seal seal) {
        this.store = requireNonNull(store, "store is null");
        this.seal = requireNonNull(seal, "seal is null");
    }

    /**
     * What stands in a place.
     *
     * @param value empty if nothing does, or nothing that this cluster can read
     * @param revision for {@link #replace}
     */
    public record Kept<T>(Optional<T> value, long revision) {}

    /** What stands under {@code key}. */
    public <T> Kept<T> read(String key, Class<T> type) throws ConsensusException {
        Optional<Entry> entry = store.get(key);
        return new Kept<>(
                entry.flatMap(found -> read(found, type)), entry.map(Entry::revision).orElse(0L));
    }

    private <T> Optional<T> read(Entry entry, Class<T> type) {
        try {
            Optional<T> value =
                    seal.open(entry.key(), entry.value()).map(text -> MAPPER.readValue(text, type));
            if (value.isEmpty()) {
                LOG.warn(
                        "what consensus has under {} was sealed by another cluster, or changed by"
                                + " somebody; it is made anew",
                        entry.key());
            }
            return value;
        } catch (JacksonException e) {
            LOG.warn(
                    "what consensus has under {} is not understood: {}", entry.key(), e.toString());
            return Optional.empty();
        }
    }

    /** Whether {@code key} may have changed since; see {@link ControlStore#entryMayDiffer}. */
    public boolean mayDiffer(String key, long revision) {
        return store.entryMayDiffer(key, revision);
    }

    /** Puts a value where {@code before} stood; false if another stands there by now. */
    public <T> boolean replace(String key, Kept<T> before, T next) throws ConsensusException {
        return store.commit(
                new ControlStore.Transaction(
                        Map.of(key, before.revision()),
                        Map.of(key, seal.close(key, MAPPER.writeValueAsString(next)))));
    }
}
