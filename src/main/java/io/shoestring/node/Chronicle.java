package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Decision;
import io.shoestring.model.Event.Part;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Observation;
import io.shoestring.model.Switchover;
import io.shoestring.monitoring.Events;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tells one database's story as events, each thing once, and measures how long writes had no
 * primary. Not thread-safe: the loop's.
 */
final class Chronicle {
    private final DatabaseName database;
    private final Events events;
    private final Clock clock;
    private long epoch;
    private boolean decided;
    private String lastWait = "";
    private String lastTrouble = "";
    private Optional<DatabaseTopology> newest = Optional.empty();
    private Optional<MemberName> lastPrimary = Optional.empty();
    private Optional<Switchover> switchover = Optional.empty();
    private OptionalLong exitNanos = OptionalLong.empty();
    private OptionalLong absentNanos = OptionalLong.empty();
    private OptionalLong heldNanos = OptionalLong.empty();

    Chronicle(DatabaseName database, Events events, Clock clock) {
        this.database = database;
        this.events = events;
        this.clock = clock;
    }

    /** A server process ended; {@code expected} if something is being done to it. */
    void exited(MemberName member, long atNanos, boolean expected) {
        boolean primary = lastPrimary.equals(Optional.of(member));
        if (primary && exitNanos.isEmpty()) {
            exitNanos = OptionalLong.of(atNanos);
        }
        add(
                expected ? Severity.INFO : Severity.WARNING,
                "The server process of %s%s has ended."
                        .formatted(member, primary ? ", the primary," : ""),
                primary && !expected ? Part.CAUSE : Part.STEP);
    }

    /** A decision was taken; what it does is told when it is done, what it waits for now. */
    void decided(Observation observation, Decision decision) {
        epoch = observation.record().epoch();
        switchover = observation.record().switchover().or(() -> switchover);
        boolean waits =
                decision.actions().isEmpty()
                        && observation.busy().isEmpty()
                        && decision.topology().primary().isEmpty();
        if (waits && !decision.summary().equals(lastWait)) {
            lastWait = decision.summary();
            add(Severity.WARNING, decision.summary(), Part.CAUSE);
        }
    }

    /** A step in consensus was made. */
    void stepped(Action action) {
        lastTrouble = "";
        add(Severity.INFO, action.reason(), part(action));
    }

    void began(Action.ByAgent action) {
        add(Severity.INFO, action.reason(), part(action));
    }

    /** What is decided about the primary is told once: who may take over, before it is done. */
    private Part part(Action action) {
        boolean told = decided;
        return switch (action) {
            case Action.ReleaseLease release -> decision();
            case Action.EndLease end -> decision();
            case Action.FenceNode fence -> Part.CAUSE;
            case Action.GrantLease grant -> told ? Part.STEP : decision();
            case Action.Fence fence when lastPrimary.equals(Optional.of(fence.member())) ->
                    Part.CAUSE;
            case Action.Remember remember when givenUp(remember) -> decision();
            default -> Part.STEP;
        };
    }

    /** What an operator asked for has ended, and the primary that was there goes on. */
    private static boolean givenUp(Action.Remember remember) {
        return remember.expected().writable()
                && remember.expected().switchover().isPresent()
                && remember.next().switchover().isEmpty();
    }

    private Part decision() {
        decided = true;
        return Part.DECISION;
    }

    void ended(Action.ByAgent action, Outcome outcome, long tookNanos, int secondsToNext) {
        if (outcome instanceof Outcome.Done && action instanceof Action.ReleaseLease) {
            return;
        }
        switch (outcome) {
            case Outcome.Done done ->
                    add(
                            Severity.INFO,
                            done(action, done, tookNanos),
                            action instanceof Action.Follow ? Part.RECOVERY : Part.STEP);
            case Outcome.Failed failed ->
                    add(
                            Severity.WARNING,
                            "%s was %s, which failed after %s: %s It is tried again in %d s if it is still needed."
                                    .formatted(
                                            action.member(),
                                            Phrase.of(action),
                                            seconds(tookNanos),
                                            sentence(failed.sentence()),
                                            secondsToNext));
        }
    }

    /** The fence command has ended; what it did is told by the next step. */
    void fenced(Action.FenceNode action, Outcome outcome, int secondsToNext) {
        if (outcome instanceof Outcome.Failed failed) {
            add(
                    Severity.WARNING,
                    "Machine %s was not fenced: %s The lease of %s is waited for; the command is run again in %d s if it is still needed."
                            .formatted(
                                    action.node(),
                                    sentence(failed.sentence()),
                                    action.member(),
                                    secondsToNext));
        }
    }

    /** Consensus could not be asked; told once until it works again. */
    void troubled(String message) {
        if (!message.equals(lastTrouble)) {
            lastTrouble = message;
            add(Severity.ERROR, message);
        }
    }

    /** An operator's command was written down or refused. */
    void commanded(Severity severity, String sentence, Part part) {
        add(severity, sentence, part);
    }

    /** A part of the topology was published: an interruption begins or ends here. */
    void published(DatabaseTopology next) {
        Optional<DatabaseTopology> before = newest;
        newest = Optional.of(next);
        if (next.holdWrites() && heldNanos.isEmpty()) {
            heldNanos = OptionalLong.of(clock.nanos());
        }
        if (next.primary().isEmpty()) {
            if (before.flatMap(DatabaseTopology::primary).isPresent()) {
                absentNanos = OptionalLong.of(clock.nanos());
            }
            return;
        }
        if (!next.holdWrites()) {
            interruptionEnded(next);
        }
    }

    private void interruptionEnded(DatabaseTopology next) {
        MemberSpec primary = next.primary().orElseThrow();
        boolean noticed = heldNanos.isPresent() || absentNanos.isPresent();
        boolean changed = !lastPrimary.equals(Optional.of(primary.name()));
        if (noticed || changed) {
            epoch = next.epoch();
            add(Severity.INFO, whatEnded(primary.name(), next.epoch(), changed), Part.OUTCOME);
            lastWait = "";
            decided = false;
            switchover = Optional.empty();
        }
        lastPrimary = Optional.of(primary.name());
        exitNanos = OptionalLong.empty();
        absentNanos = OptionalLong.empty();
        heldNanos = OptionalLong.empty();
    }

    private String whatEnded(MemberName primary, long at, boolean changed) {
        if (switchover.isPresent() && heldNanos.isPresent()) {
            if (switchover.get().rehearsal()) {
                return "Rehearsal %s ended: %s is still the primary of epoch %d; writes were held for %s."
                        .formatted(switchover.get().id(), primary, at, millis(heldNanos));
            }
            return "%s %s %s: %s is the primary of epoch %d; writes were held for %s."
                    .formatted(
                            switchover.get().noun(),
                            switchover.get().id(),
                            switchover.get().to().equals(primary) ? "done" : "ended undone",
                            primary,
                            at,
                            millis(heldNanos));
        }
        if (lastPrimary.isEmpty()) {
            return primary + " is the primary of epoch " + at + ".";
        }
        return changed
                ? "Failover done: %s took over from %s as the primary of epoch %d; there was no primary for %s."
                        .formatted(primary, lastPrimary.get(), at, outage())
                : "%s is the primary again, of epoch %d; there was no primary for %s."
                        .formatted(primary, at, outage());
    }

    private String outage() {
        return millis(exitNanos.isPresent() ? exitNanos : absentNanos);
    }

    private String millis(OptionalLong sinceNanos) {
        return sinceNanos.isEmpty()
                ? "an unknown time"
                : (clock.nanos() - sinceNanos.getAsLong()) / 1_000_000 + " ms";
    }

    private static String done(Action.ByAgent action, Outcome.Done done, long tookNanos) {
        String what = sentence(done.sentence());
        return action instanceof Action.Follow
                ? "Member %s is back as a replica (%s): %s"
                        .formatted(
                                action.member(),
                                seconds(tookNanos),
                                what.replaceFirst("^Member " + action.member() + " ", "it "))
                : "%s (%s)".formatted(what, seconds(tookNanos));
    }

    private static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }

    private void add(Severity severity, String text) {
        add(severity, text, Part.STEP);
    }

    private void add(Severity severity, String text, Part part) {
        events.add(severity, Optional.of(database.value()), epoch, text, part);
    }
}
