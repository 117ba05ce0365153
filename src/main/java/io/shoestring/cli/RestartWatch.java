package io.shoestring.cli;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.EventList;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event;

import java.time.Duration;
import java.util.Optional;

/** Follows a rolling restart that was accepted, until it is over. */
final class RestartWatch {
    private static final Duration INTERVAL = Duration.ofMillis(200);

    /** A base backup, if one is needed, is progress that no event tells. */
    private static final Duration WITHOUT_PROGRESS = Duration.ofMinutes(10);

    private static final int MAX_EVENTS = 100;

    /** How it ended. */
    record Result(boolean done, String sentence) {}

    private final Console console;
    private final NodeClient node;
    private final String database;
    private final String prefix;
    private final boolean showEvents;
    private long lastEvent;
    private long progressNanos;
    private String lastClause = "";
    private Optional<Result> told = Optional.empty();

    /**
     * @param id of the restart, as its events call it
     * @param lastEvent the newest event before it was asked for
     */
    RestartWatch(
            Console console,
            NodeClient node,
            String database,
            String id,
            long lastEvent,
            boolean showEvents) {
        this.console = requireNonNull(console, "console is null");
        this.node = requireNonNull(node, "node is null");
        this.database = requireNonNull(database, "database is null");
        this.prefix = "Rolling restart " + id;
        this.lastEvent = lastEvent;
        this.showEvents = showEvents;
        this.progressNanos = console.clock().nanos();
    }

    Result await() throws InterruptedException {
        while (true) {
            DatabaseStatus now = NodeCommand.find(node.status(), database);
            passEventsOn();
            if (told.isPresent()) {
                return told.get();
            }
            note(now.restart().orElse(""));
            if (stuck()) {
                return new Result(
                        false,
                        "Nothing has moved for ten minutes; it goes on by itself when it can. "
                                + now.summary());
            }
            Thread.sleep(INTERVAL.toMillis());
        }
    }

    private void note(String clause) {
        if (!clause.equals(lastClause)) {
            lastClause = clause;
            progressNanos = console.clock().nanos();
        }
    }

    private boolean stuck() {
        return console.clock().nanos() - progressNanos > WITHOUT_PROGRESS.toNanos();
    }

    private void passEventsOn() throws InterruptedException {
        EventList news = node.events(lastEvent, MAX_EVENTS);
        lastEvent = news.last();
        for (Event event : news.events()) {
            if (event.database().equals(Optional.of(database))) {
                progressNanos = console.clock().nanos();
                show(event);
                noteEnd(event.text());
            }
        }
    }

    private void noteEnd(String text) {
        if (text.startsWith(prefix + " is done")) {
            told = Optional.of(new Result(true, text));
        } else if (text.startsWith(prefix + " was given up")
                || text.startsWith(prefix + " was cancelled")) {
            told = Optional.of(new Result(false, text));
        }
    }

    private void show(Event event) {
        if (showEvents) {
            console.out().print(Sentences.paragraph("  ", event.text(), console.columns()));
            console.out().flush();
        }
    }
}
