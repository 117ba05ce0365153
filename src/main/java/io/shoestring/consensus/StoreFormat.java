package io.shoestring.consensus;

import io.shoestring.consensus.ControlStore.Entry;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The JSON of log entries and snapshots. */
final class StoreFormat {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private record Snapshot(long index, List<Entry> entries, Map<String, StoreState.Held> leases) {}

    private StoreFormat() {}

    static String write(CommandLog.Line line) {
        return JSON.writeValueAsString(line);
    }

    static Optional<CommandLog.Line> readLine(String json) {
        try {
            return Optional.of(JSON.readValue(json, CommandLog.Line.class));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    static String write(StoreState state) {
        return JSON.writeValueAsString(
                new Snapshot(state.index(), List.copyOf(state.entries().values()), state.leases()));
    }

    static Optional<StoreState> readState(String json) {
        try {
            Snapshot snapshot = JSON.readValue(json, Snapshot.class);
            return Optional.of(
                    new StoreState(
                            snapshot.index(),
                            snapshot.entries().stream()
                                    .collect(Collectors.toMap(Entry::key, Function.identity())),
                            snapshot.leases()));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
