package io.shoestring.node;

import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.Fenced;
import io.shoestring.model.MemberName;
import io.shoestring.model.Switchover;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.json.JsonMapper;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The JSON of a database's record in consensus. */
public final class RecordFormat {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private record Stored(
            long epoch,
            Optional<String> primary,
            List<String> synchronous,
            boolean writable,
            boolean paused,
            Optional<StoredSwitchover> switchover,
            long systemIdentifier,
            long term,
            @Nullable Fenced fenced,
            @Nullable List<String> offline) {}

    private record StoredSwitchover(String id, String to, String step) {}

    private RecordFormat() {}

    /** The text of a record. */
    public static String write(DatabaseRecord kept) {
        return JSON.writeValueAsString(
                new Stored(
                        kept.epoch(),
                        kept.primary().map(MemberName::value),
                        kept.synchronous().stream().map(MemberName::value).sorted().toList(),
                        kept.writable(),
                        kept.paused(),
                        kept.switchover().map(RecordFormat::stored),
                        kept.systemIdentifier(),
                        kept.term(),
                        kept.fenced().orElse(null),
                        kept.offline().stream().map(MemberName::value).sorted().toList()));
    }

    /** The record of a text. */
    public static DatabaseRecord read(String json) {
        Stored stored = JSON.readValue(json, Stored.class);
        return new DatabaseRecord(
                stored.epoch(),
                stored.primary().map(MemberName::new),
                stored.synchronous().stream().map(MemberName::new).collect(Collectors.toSet()),
                stored.writable(),
                stored.paused(),
                stored.switchover().map(RecordFormat::switchover),
                stored.systemIdentifier(),
                stored.term(),
                Optional.ofNullable(stored.fenced()),
                offline(stored.offline()));
    }

    /** A record of an earlier version has no such list. */
    private static Set<MemberName> offline(@Nullable List<String> names) {
        return names == null
                ? Set.of()
                : names.stream().map(MemberName::new).collect(Collectors.toSet());
    }

    private static StoredSwitchover stored(Switchover switchover) {
        return new StoredSwitchover(
                switchover.id(), switchover.to().value(), switchover.step().name());
    }

    private static Switchover switchover(StoredSwitchover stored) {
        return new Switchover(
                stored.id(), new MemberName(stored.to()), Switchover.Step.valueOf(stored.step()));
    }
}
