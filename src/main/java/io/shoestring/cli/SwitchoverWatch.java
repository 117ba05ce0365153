package io.shoestring.cli;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.EventList;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** Follows a switchover that was accepted, until it is done or given up. */
final class SwitchoverWatch {
    private static final Duration INTERVAL = Duration.ofMillis(50);
    private static final Duration TO_BEGIN = Duration.ofSeconds(3);
    private static final Duration TO_END = Duration.ofMinutes(2);
    private static final int MAX_EVENTS = 100;

    private final Console console;
    private final NodeClient node;
    private final DatabaseStatus before;
    private final Optional<String> to;
    private final boolean rehearsal;
    private final boolean showEvents;
    private final long beganNanos;
    private long lastEvent;
    private boolean seen;
    private boolean wentWell;
    private Optional<String> givenUp = Optional.empty();
    private Optional<String> rehearsed = Optional.empty();
    private OptionalLong heldNanos = OptionalLong.empty();
    private OptionalLong servedNanos = OptionalLong.empty();
    private String lastText = "";

    SwitchoverWatch(
            Console console,
            NodeClient node,
            DatabaseStatus before,
            @Nullable String to,
            boolean rehearsal,
            long lastEvent,
            boolean showEvents) {
        this.console = requireNonNull(console, "console is null");
        this.node = requireNonNull(node, "node is null");
        this.before = requireNonNull(before, "before is null");
        this.to = Optional.ofNullable(to);
        this.rehearsal = rehearsal;
        this.lastEvent = lastEvent;
        this.showEvents = showEvents;
        this.beganNanos = console.clock().nanos();
    }

    Result await() throws InterruptedException {
        while (true) {
            DatabaseStatus now = NodeCommand.find(node.status(), before.name());
            note(now);
            passEventsOn();
            Optional<Result> result = judge(now);
            if (result.isPresent()) {
                return result.get();
            }
            Thread.sleep(INTERVAL.toMillis());
        }
    }

    private void note(DatabaseStatus now) {
        long nanos = console.clock().nanos();
        seen |= now.switchover().isPresent();
        boolean held =
                now.primary().isEmpty()
                        || now.switchover().filter(step -> !step.equals("checkpoint")).isPresent();
        if (held && heldNanos.isEmpty()) {
            heldNanos = OptionalLong.of(nanos);
        }
        servedNanos = held ? OptionalLong.empty() : OptionalLong.of(nanos);
    }

    private void passEventsOn() throws InterruptedException {
        EventList news = node.events(lastEvent, MAX_EVENTS);
        lastEvent = news.last();
        for (Event event : news.events()) {
            if (event.database().equals(Optional.of(before.name()))) {
                lastText = event.text();
                noteEnd(lastText);
                show(event);
            }
        }
    }

    private void noteEnd(String text) {
        if (text.contains(" was given up: ")) {
            givenUp = Optional.of(text);
        }
        wentWell |= text.startsWith("Rehearsal") && text.contains(" went well");
        if (wentWell && text.startsWith("Rehearsal") && text.contains(" ended: ")) {
            rehearsed = Optional.of(text);
        }
    }

    private void show(Event event) {
        if (showEvents) {
            console.out().print(Sentences.paragraph("  ", event.text(), console.columns()));
            console.out().flush();
        }
    }

    private Optional<Result> judge(DatabaseStatus now) {
        Duration sinceBegin = Duration.ofNanos(console.clock().nanos() - beganNanos);
        boolean over = now.switchover().isEmpty() && now.primary().isPresent();
        boolean changed = now.epoch() > before.epoch() && !now.primary().equals(before.primary());
        if (over && changed) {
            return Optional.of(changedTo(now));
        }
        if (over && rehearsed.isPresent()) {
            lastText = rehearsed.get();
            return Optional.of(result(true, now, ""));
        }
        if (over && !wentWell && (seen || sinceBegin.compareTo(TO_BEGIN) > 0)) {
            return Optional.of(
                    result(
                            false,
                            now,
                            rehearsal
                                    ? "It did not go well, and nothing has changed. "
                                    : "It was given up, and nothing has changed. ",
                            givenUp.orElse(lastText)));
        }
        return sinceBegin.compareTo(TO_END) > 0
                ? Optional.of(
                        result(
                                false,
                                now,
                                "It is not done after two minutes: 'shoestring why "
                                        + before.name()
                                        + "' says what it waits for. "))
                : Optional.empty();
    }

    private Result changedTo(DatabaseStatus now) {
        String primary = now.primary().orElseThrow();
        if (to.isPresent() && !to.get().equals(primary)) {
            return result(
                    false, now, primary + " became the primary instead of " + to.get() + ". ");
        }
        String sentence =
                "Done: %s is the primary of %s, in epoch %d. Writes waited for about %.1f s."
                        .formatted(primary, before.name(), now.epoch(), pauseMillis() / 1000.0);
        return new Result(true, primary, now.epoch(), pauseMillis(), sentence);
    }

    private Result result(boolean done, DatabaseStatus now, String sentence) {
        return result(done, now, sentence, lastText);
    }

    private Result result(boolean done, DatabaseStatus now, String sentence, String last) {
        return new Result(
                done,
                now.primary().orElse(""),
                now.epoch(),
                pauseMillis(),
                (sentence + last).strip());
    }

    /** As seen from here, to about a tenth of a second; the node's own event tells it exactly. */
    private long pauseMillis() {
        if (heldNanos.isEmpty()) {
            return 0;
        }
        long end = servedNanos.orElse(console.clock().nanos());
        return (end - heldNanos.getAsLong()) / 1_000_000;
    }

    /**
     * How it ended.
     *
     * @param primary the primary now; empty text if there is none
     * @param pauseMillis for how long writes waited, as seen by the command
     */
    record Result(boolean done, String primary, long epoch, long pauseMillis, String sentence) {}
}
