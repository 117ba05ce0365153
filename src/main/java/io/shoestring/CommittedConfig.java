package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.ControlStore.Entry;

import tools.jackson.databind.json.JsonMapper;

import java.util.Map;
import java.util.Optional;

/**
 * The cluster's configuration as consensus has it.
 *
 * @param version counted from 1
 * @param text the file
 * @param by who asked for it
 * @param revision of the entry in consensus; not part of the value
 */
record CommittedConfig(long version, String text, String by, long revision) {
    static final String KEY = "configuration";

    private static final JsonMapper MAPPER = JsonMapper.shared();

    CommittedConfig {
        requireNonNull(text, "text is null");
        requireNonNull(by, "by is null");
    }

    /** How it stands in consensus. */
    private record Value(long version, String text, String by) {}

    /** The newest one; empty if none was ever applied. */
    static Optional<CommittedConfig> latest(ControlStore store) throws ConsensusException {
        return store.get(KEY).map(CommittedConfig::of);
    }

    private static CommittedConfig of(Entry entry) {
        Value value = MAPPER.readValue(entry.value(), Value.class);
        return new CommittedConfig(value.version(), value.text(), value.by(), entry.revision());
    }

    /** Commits this one after {@code before}; false if there is a newer one. */
    boolean commit(ControlStore store, Optional<CommittedConfig> before) throws ConsensusException {
        long revision = before.map(CommittedConfig::revision).orElse(0L);
        return store.commit(
                new ControlStore.Transaction(
                        Map.of(KEY, revision),
                        Map.of(KEY, MAPPER.writeValueAsString(new Value(version, text, by)))));
    }

    ConfigText file() {
        return new ConfigText(text);
    }
}
