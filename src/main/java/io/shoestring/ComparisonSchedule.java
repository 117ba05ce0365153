package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.WallClock;
import io.shoestring.config.WeeklyTime;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.ControlStore.Entry;
import io.shoestring.consensus.ControlStore.Transaction;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.mysql.ComparisonReport;
import io.shoestring.database.mysql.TableComparison;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Event;
import io.shoestring.monitoring.Events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Compares the rows of a database's members each day or each week, at the primary's node. That a
 * time has been used is written into consensus before the comparison begins, so that it is made
 * once, whichever node has the primary then. One that was missed by more than an hour is left out:
 * nobody expects it at noon.
 */
final class ComparisonSchedule implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ComparisonSchedule.class);
    private static final Duration LATE = Duration.ofHours(1);
    private static final int DIFFERENCES_TOLD = 5;

    /** Compares now. */
    @FunctionalInterface
    interface Comparing {
        TableComparison.Result run() throws DatabaseException, InterruptedException;
    }

    /**
     * What it works with.
     *
     * @param isHere whether the primary is on this machine
     * @param zone of the times in the configuration
     * @param look how often it is looked whether it is time
     */
    record Surroundings(
            BooleanSupplier isHere,
            Comparing comparing,
            ControlStore store,
            Events events,
            WallClock timeOfDay,
            ZoneId zone,
            Duration look) {}

    private final DatabaseName database;
    private final WeeklyTime time;
    private final Surroundings surroundings;
    private final String key;
    private final Thread thread;

    /** The last time that needs no comparison any more, as far as this node knows. */
    private Instant used = Instant.MIN;

    private ComparisonSchedule(DatabaseName database, WeeklyTime time, Surroundings surroundings) {
        this.database = requireNonNull(database, "database is null");
        this.time = requireNonNull(time, "time is null");
        this.surroundings = requireNonNull(surroundings, "surroundings is null");
        this.key = "compared/" + database;
        this.thread = Thread.ofVirtual().name("compare-" + database).unstarted(this::run);
    }

    static ComparisonSchedule start(
            DatabaseName database, WeeklyTime time, Surroundings surroundings) {
        var schedule = new ComparisonSchedule(database, time, surroundings);
        schedule.thread.start();
        return schedule;
    }

    private void run() {
        try {
            while (true) {
                look();
                Thread.sleep(surroundings.look());
            }
        } catch (InterruptedException e) {
            LOG.debug("the rows of {} are not compared any more", database);
        }
    }

    private void look() throws InterruptedException {
        ZonedDateTime now = surroundings.timeOfDay().now().atZone(surroundings.zone());
        Instant due = time.last(now).toInstant();
        if (!due.isAfter(used) || !surroundings.isHere().getAsBoolean()) {
            return;
        }
        try {
            boolean mine = take(due);
            used = due;
            if (mine && Duration.between(due, now).compareTo(LATE) < 0) {
                compare();
            }
        } catch (ConsensusException e) {
            LOG.debug("it is not known whether the rows of {} were compared", database, e);
        }
    }

    /** Whether nobody has had that time, or a later one, before. */
    private boolean take(Instant due) throws ConsensusException {
        Optional<Entry> before = surroundings.store().get(key);
        if (before.flatMap(ComparisonSchedule::instant)
                .filter(it -> !due.isAfter(it))
                .isPresent()) {
            return false;
        }
        return surroundings
                .store()
                .commit(
                        new Transaction(
                                Map.of(key, before.map(Entry::revision).orElse(0L)),
                                Map.of(key, due.toString())));
    }

    private static Optional<Instant> instant(Entry entry) {
        try {
            return Optional.of(Instant.parse(entry.value()));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private void compare() throws InterruptedException {
        try {
            TableComparison.Result result = surroundings.comparing().run();
            List<String> differences = ComparisonReport.differences(result);
            tell(
                    differences.isEmpty() ? Event.Severity.INFO : Event.Severity.ERROR,
                    "Rows were compared: " + ComparisonReport.summary(result) + told(differences));
        } catch (DatabaseException e) {
            tell(
                    Event.Severity.WARNING,
                    "The rows could not be compared as planned: "
                            + e.sentence()
                            + " 'shoestring replication compare "
                            + database
                            + "' does it now.");
        }
    }

    private String told(List<String> differences) {
        if (differences.isEmpty()) {
            return "";
        }
        return " "
                + String.join(" ", differences.stream().limit(DIFFERENCES_TOLD).toList())
                + " Look into them with 'shoestring replication compare "
                + database
                + "'; a replica that is copied anew has the primary's rows.";
    }

    private void tell(Event.Severity severity, String text) {
        surroundings.events().add(severity, Optional.of(database.value()), 0, text);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
