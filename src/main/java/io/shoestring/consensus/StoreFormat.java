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
public final class StoreFormat {
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

    /** One command as it stands in a log. */
    public static String write(Command command) {
        return JSON.writerFor(Command.class).writeValueAsString(command);
    }

    /** What {@link #write(Command)} made; empty if it was not it that made it. */
    public static Optional<Command> readCommand(String json) {
        try {
            return Optional.of(JSON.readValue(json, Command.class));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** A whole state, or a part of one. */
    public static String write(StoreState state) {
        return JSON.writeValueAsString(
                new Snapshot(state.index(), List.copyOf(state.entries().values()), state.leases()));
    }

    /** What {@link #write(StoreState)} made; empty if it was not it that made it. */
    public static Optional<StoreState> readState(String json) {
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
