package io.shoestring.node;

import static java.util.stream.Collectors.joining;

import io.shoestring.consensus.ConsensusException;
import io.shoestring.control.FailoverRequest;
import io.shoestring.control.OfflineRequest;
import io.shoestring.control.Preflight;
import io.shoestring.control.RestartRequest;
import io.shoestring.control.SwitchoverRequest;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.Event.Part;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.MemberName;
import io.shoestring.model.Observation;
import io.shoestring.model.PlannedSwitchover;
import io.shoestring.model.RestartOrder;
import io.shoestring.model.RollingRestart;
import io.shoestring.model.Switchover;
import io.shoestring.model.SwitchoverOrder;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What an operator asks of one database: it is judged, and written into the record, which is all
 * that the loop needs. Not thread-safe: the loop's.
 */
public final class DatabaseCommands {
    /** A plan for which nobody was there in time is not carried out at some other time. */
    private static final Duration LATE = Duration.ofMinutes(5);

    private static final Duration FARTHEST = Duration.ofDays(366);

    /** What the loop sees. */
    interface Sight {
        boolean ready() throws ConsensusException;

        Observation of(DatabaseRecord record) throws ConsensusException;

        /** By which the newest decision was taken. */
        Optional<DatabaseRecord> newest();

        /** The primary, if its node does not answer. */
        Optional<MemberName> awayPrimary();
    }

    private interface Command {
        Operations.Reply carryOut() throws ConsensusException;
    }

    private final DatabaseSpec spec;
    private final RecordKeeper records;
    private final Chronicle chronicle;
    private final Sight sight;

    DatabaseCommands(DatabaseSpec spec, RecordKeeper records, Chronicle chronicle, Sight sight) {
        this.spec = spec;
        this.records = records;
        this.chronicle = chronicle;
        this.sight = sight;
    }

    /**
     * Writes down what is asked about a switchover, or says why not.
     *
     * @param now the time of day, against which one for later is held
     */
    public Operations.Reply switchover(SwitchoverOrder order, Instant now) {
        return carryOut(
                () ->
                        switch (order.kind()) {
                            case NOW -> begin(order.to(), false);
                            case REHEARSAL -> begin(order.to(), true);
                            case CHECK -> check(order.to());
                            case LATER -> plan(order.to(), order.at(), now);
                            case CANCEL -> cancel();
                            case FORCE -> force(order, false);
                            case FORCE_CHECK -> force(order, true);
                        });
    }

    /** Begins a planned switchover whose time has come. */
    void due(Instant now) {
        Optional<PlannedSwitchover> due =
                sight.newest()
                        .flatMap(DatabaseRecord::planned)
                        .filter(plan -> !now.isBefore(plan.at()));
        if (due.isEmpty()) {
            return;
        }
        try {
            if (sight.ready()) {
                begin(due.get(), now);
            }
        } catch (ConsensusException e) {
            chronicle.troubled(e.getMessage() + " The planned switchover waits for it.");
        }
    }

    /** Switches automatic failover off or on. */
    public Operations.Reply pause(boolean paused) {
        return carryOut(
                () -> {
                    DatabaseRecord before = records.read().record();
                    return write(
                            before,
                            before.withPaused(paused),
                            paused
                                    ? "Automatic failover is off: a primary that dies is started"
                                            + " again in place."
                                    : "Automatic failover is on." + awayWarning());
                });
    }

    /** Takes a member out of use, or back in; or says why not. */
    public Operations.Reply offline(MemberName member, boolean offline) {
        return carryOut(
                () -> {
                    DatabaseRecord before = records.read().record();
                    return switch (OfflineRequest.judge(sight.of(before), member, offline)) {
                        case OfflineRequest.Refused refused -> refuse(refused.sentence());
                        case OfflineRequest.Possible possible ->
                                possible.next().equals(before)
                                        ? new Operations.Reply(true, possible.sentence(), "")
                                        : write(before, possible.next(), possible.sentence());
                    };
                });
    }

    /** Begins a rolling restart, says what it would be, or ends one; or says why not. */
    public Operations.Reply restart(RestartOrder order) {
        return carryOut(
                () ->
                        order.kind() == RestartOrder.Kind.CANCEL
                                ? cancelRestart()
                                : restartNow(order));
    }

    private Operations.Reply restartNow(RestartOrder order) throws ConsensusException {
        RecordKeeper.Kept kept = records.read();
        return switch (RestartRequest.judge(sight.of(kept.record()), order)) {
            case RestartRequest.Refused refused -> refuse(refused.sentence());
            case RestartRequest.Possible possible -> restart(kept, possible, order.kind());
        };
    }

    private Operations.Reply restart(
            RecordKeeper.Kept kept, RestartRequest.Possible possible, RestartOrder.Kind kind)
            throws ConsensusException {
        String notes = possible.notes().stream().map(note -> " " + note).collect(joining());
        String order =
                possible.members().stream().map(MemberName::value).collect(joining(", then "));
        if (kind == RestartOrder.Kind.CHECK) {
            return new Operations.Reply(true, "It would restart " + order + "." + notes, "");
        }
        RollingRestart restart = RollingRestart.begin("r-" + kept.revision(), possible.members());
        return named(
                write(
                        kept.record(),
                        kept.record().withRestart(Optional.of(restart)),
                        "Rolling restart "
                                + restart.id()
                                + " was asked for: "
                                + order
                                + "."
                                + notes),
                restart.id());
    }

    private Operations.Reply cancelRestart() throws ConsensusException {
        DatabaseRecord before = records.read().record();
        return before.restart().isEmpty()
                ? refuse("No rolling restart is on its way.")
                : write(
                        before,
                        before.withRestart(Optional.empty()),
                        "Rolling restart "
                                + before.restart().get().id()
                                + " was cancelled; what was being done at that moment is"
                                + " finished.");
    }

    private Operations.Reply carryOut(Command command) {
        if (!spec.managed()) {
            return refuse(
                    "Database "
                            + spec.name()
                            + " is only observed (manage: no): whoever manages it has to do that.");
        }
        try {
            return sight.ready()
                    ? command.carryOut()
                    : refuse("The members are being looked at; try again in some seconds.");
        } catch (ConsensusException e) {
            return refuse(String.valueOf(e.getMessage()));
        }
    }

    private Operations.Reply begin(Optional<MemberName> to, boolean rehearsal)
            throws ConsensusException {
        RecordKeeper.Kept kept = records.read();
        if (kept.record().restart().isPresent()) {
            return refuse(
                    "Rolling "
                            + kept.record().restart().get().clause()
                            + ": it has the primary changed itself; 'shoestring restart "
                            + spec.name()
                            + " --cancel' ends it.");
        }
        return switch (SwitchoverRequest.judge(sight.of(kept.record()), to)) {
            case SwitchoverRequest.Refused refused -> refuse(refused.sentence());
            case SwitchoverRequest.Possible possible -> begin(kept, possible, rehearsal);
        };
    }

    private Operations.Reply begin(
            RecordKeeper.Kept kept, SwitchoverRequest.Possible possible, boolean rehearsal)
            throws ConsensusException {
        String id = newId(kept);
        Switchover switchover =
                new Switchover(id, possible.to(), Switchover.Step.CHECKPOINT, rehearsal);
        DatabaseRecord next = kept.record().withSwitchover(Optional.of(switchover));
        String sentence =
                "%s %s from %s to %s was asked for."
                        .formatted(switchover.noun(), id, possible.from(), possible.to());
        return named(write(kept.record(), next, sentence, Part.CAUSE), id);
    }

    private Operations.Reply force(SwitchoverOrder order, boolean check) throws ConsensusException {
        if (order.to().isEmpty()) {
            return refuse("Say who shall take over: only its name makes sure who is meant.");
        }
        RecordKeeper.Kept kept = records.read();
        return switch (FailoverRequest.judge(
                sight.of(kept.record()), order.to().get(), order.loss())) {
            case FailoverRequest.Refused refused -> refuse(refused.sentence());
            case FailoverRequest.Possible possible when check ->
                    new Operations.Reply(
                            true,
                            "%s would take over from %s: %s."
                                    .formatted(possible.to(), possible.from(), possible.cost()),
                            "");
            case FailoverRequest.Possible possible -> force(kept, possible, order);
        };
    }

    private Operations.Reply force(
            RecordKeeper.Kept kept, FailoverRequest.Possible possible, SwitchoverOrder order)
            throws ConsensusException {
        String id = newId(kept);
        Switchover forced =
                new Switchover(id, possible.to(), Switchover.Step.FORCE, false, order.loss());
        DatabaseRecord next = kept.record().withSwitchover(Optional.of(forced));
        String sentence =
                "Failover %s from %s to %s is forced: %s."
                        .formatted(id, possible.from(), possible.to(), possible.cost());
        return named(write(kept.record(), next, sentence, Part.CAUSE), id);
    }

    /** Every request replaces another revision, so no two have the same name. */
    private static String newId(RecordKeeper.Kept kept) {
        return "s-" + kept.revision();
    }

    private Operations.Reply check(Optional<MemberName> to) throws ConsensusException {
        Preflight preflight = Preflight.of(sight.of(records.read().record()), to);
        return new Operations.Reply(
                preflight.possible(), String.join("\n", preflight.sentences()), "");
    }

    private Operations.Reply plan(Optional<MemberName> to, Optional<Instant> when, Instant now)
            throws ConsensusException {
        if (when.isEmpty() || !when.get().isAfter(now)) {
            return refuse(
                    "The time for it has to be in the future; the time here is "
                            + now.truncatedTo(ChronoUnit.SECONDS)
                            + ".");
        }
        if (when.get().isAfter(now.plus(FARTHEST))) {
            return refuse("The time for it is more than a year away.");
        }
        if (to.isPresent() && spec.member(to.get()).isEmpty()) {
            return refuse("There is no member " + to.get() + ".");
        }
        RecordKeeper.Kept kept = records.read();
        if (kept.record().planned().isPresent()) {
            return refuse(
                    "There is already "
                            + kept.record().planned().get().clause()
                            + "; 'shoestring switchover "
                            + spec.name()
                            + " --cancel' first.");
        }
        var plan =
                new PlannedSwitchover(newId(kept), to, when.get().truncatedTo(ChronoUnit.SECONDS));
        return named(
                write(
                        kept.record(),
                        kept.record().withPlanned(Optional.of(plan)),
                        "Planned: " + plan.clause() + "."),
                plan.id());
    }

    private Operations.Reply cancel() throws ConsensusException {
        DatabaseRecord before = records.read().record();
        return before.planned().isEmpty()
                ? refuse("No switchover is planned.")
                : write(
                        before,
                        before.withPlanned(Optional.empty()),
                        "Cancelled: " + before.planned().get().clause() + ".");
    }

    /** The plan is forgotten first: whatever becomes of it, it is tried once. */
    private void begin(PlannedSwitchover plan, Instant now) throws ConsensusException {
        DatabaseRecord before = records.read().record();
        if (!before.planned().equals(Optional.of(plan))
                || !records.replace(before, before.withPlanned(Optional.empty()))) {
            return;
        }
        if (now.isAfter(plan.at().plus(LATE))) {
            chronicle.commanded(
                    Severity.WARNING,
                    "Planned " + plan.clause() + " was missed: nobody could decide at that time.",
                    Part.REPLY);
            return;
        }
        chronicle.commanded(Severity.INFO, "It is time for " + plan.clause() + ".", Part.WISH);
        Operations.Reply reply = begin(plan.to(), false);
        if (!reply.accepted()) {
            chronicle.commanded(
                    Severity.WARNING,
                    "Planned " + plan.clause() + " did not begin: " + reply.sentence(),
                    Part.REPLY);
        }
    }

    private Operations.Reply write(DatabaseRecord before, DatabaseRecord next, String sentence)
            throws ConsensusException {
        return write(before, next, sentence, Part.REPLY);
    }

    private Operations.Reply write(
            DatabaseRecord before, DatabaseRecord next, String sentence, Part part)
            throws ConsensusException {
        if (!records.replace(before, next)) {
            return refuse("Something else was changed at the same time; try again.");
        }
        chronicle.commanded(Severity.INFO, sentence, part);
        return new Operations.Reply(true, sentence, "");
    }

    private static Operations.Reply named(Operations.Reply reply, String id) {
        return reply.accepted() ? new Operations.Reply(true, reply.sentence(), id) : reply;
    }

    /** While it was off, nobody outside of a dead node's process stopped the server there. */
    private String awayWarning() {
        return sight.awayPrimary()
                .map(
                        primary ->
                                " The node of "
                                        + primary
                                        + " does not answer, and its server may still run: see that"
                                        + " it is stopped, or its machine off.")
                .orElse("");
    }

    private static Operations.Reply refuse(String sentence) {
        return new Operations.Reply(false, sentence, "");
    }
}
