package io.shoestring.node;

import io.shoestring.model.AcceptedLoss;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.Fenced;
import io.shoestring.model.MemberName;
import io.shoestring.model.PlannedSwitchover;
import io.shoestring.model.RollingRestart;
import io.shoestring.model.Switchover;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
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
            @Nullable List<String> offline,
            @Nullable Integer timeline,
            @Nullable StoredPlan planned,
            @Nullable StoredRestart restart) {}

    private record StoredSwitchover(
            String id,
            String to,
            String step,
            @Nullable Boolean rehearsal,
            @Nullable Long lossBytes) {}

    private record StoredRestart(String id, List<String> left, int total, String step) {}

    private record StoredPlan(String id, Optional<String> to, long atSecond) {}

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
                        kept.offline().stream().map(MemberName::value).sorted().toList(),
                        kept.timeline(),
                        kept.planned().map(RecordFormat::stored).orElse(null),
                        kept.restart().map(RecordFormat::stored).orElse(null)));
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
                offline(stored.offline()),
                stored.timeline() == null ? 0 : stored.timeline(),
                Optional.ofNullable(stored.planned()).map(RecordFormat::plan),
                Optional.ofNullable(stored.restart()).map(RecordFormat::restart));
    }

    private static StoredRestart stored(RollingRestart restart) {
        return new StoredRestart(
                restart.id(),
                restart.left().stream().map(MemberName::value).toList(),
                restart.total(),
                restart.step().name());
    }

    private static RollingRestart restart(StoredRestart stored) {
        return new RollingRestart(
                stored.id(),
                stored.left().stream().map(MemberName::new).toList(),
                stored.total(),
                RollingRestart.Step.valueOf(stored.step()));
    }

    private static StoredPlan stored(PlannedSwitchover plan) {
        return new StoredPlan(
                plan.id(), plan.to().map(MemberName::value), plan.at().getEpochSecond());
    }

    private static PlannedSwitchover plan(StoredPlan stored) {
        return new PlannedSwitchover(
                stored.id(),
                stored.to().map(MemberName::new),
                Instant.ofEpochSecond(stored.atSecond()));
    }

    /** A record of an earlier version has no such list. */
    private static Set<MemberName> offline(@Nullable List<String> names) {
        return names == null
                ? Set.of()
                : names.stream().map(MemberName::new).collect(Collectors.toSet());
    }

    private static StoredSwitchover stored(Switchover switchover) {
        return new StoredSwitchover(
                switchover.id(),
                switchover.to().value(),
                switchover.step().name(),
                switchover.rehearsal(),
                switchover.loss().bytes());
    }

    private static Switchover switchover(StoredSwitchover stored) {
        return new Switchover(
                stored.id(),
                new MemberName(stored.to()),
                Switchover.Step.valueOf(stored.step()),
                Boolean.TRUE.equals(stored.rehearsal()),
                new AcceptedLoss(stored.lossBytes() == null ? 0 : stored.lossBytes()));
    }
}
