package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.doctor.facts.ContentFacts.DatabaseContent;
import io.shoestring.doctor.facts.ContentFacts.Transaction;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What is in the databases, and what goes on there. */
final class ContentChecks {
    private static final Duration LONG_TRANSACTION = Duration.ofMinutes(10);
    private static final Duration FORGOTTEN = Duration.ofMinutes(1);

    /** PostgreSQL stops writing at 2^31 - 3 million; autovacuum begins at 200 million. */
    private static final long OLD_AGE = 1_000_000_000L;

    private static final long DANGEROUS_AGE = 1_700_000_000L;

    static final List<Check> ALL =
            List.of(
                    Check.server(
                            "data-checksums",
                            "data pages have checksums",
                            "Without them a page that the disk has damaged is believed, and"
                                    + " copied to the replica.",
                            p ->
                                    p.when(
                                            !p.identity().checksums(),
                                            HINT,
                                            "Data checksums are off.",
                                            "with the server stopped: pg_checksums --enable -D "
                                                    + p.identity().dataDirectory())),
                    Check.server(
                            "collation-recorded",
                            "indexes on text fit the system's sorting",
                            "An upgrade of the system has changed how text is sorted: indexes may"
                                    + " miss rows, and unique ones let duplicates in.",
                            p ->
                                    p.when(
                                            !p.contents().outdatedCollations().isEmpty()
                                                    && !p.identity().replica(),
                                            DANGER,
                                            "Another version now: "
                                                    + String.join(
                                                            "; ", p.contents().outdatedCollations())
                                                    + ".",
                                            "in each database: REINDEX DATABASE, then ALTER"
                                                    + " DATABASE … REFRESH COLLATION VERSION, ALTER"
                                                    + " COLLATION … REFRESH VERSION")),
                    Check.server(
                            "transaction-age",
                            "transaction ids are far from running out",
                            "At two thousand million PostgreSQL takes no more writes until it is"
                                    + " vacuumed.",
                            ContentChecks::age),
                    Check.server(
                            "long-transactions",
                            "no transaction is open for long",
                            "It keeps vacuum from cleaning up, delays a switchover, and is lost in"
                                    + " a failover.",
                            ContentChecks::longest),
                    Check.server(
                            "prepared-transactions",
                            "no prepared transaction was forgotten",
                            "It holds its locks and keeps vacuum from cleaning up, also after a"
                                    + " restart, until somebody ends it.",
                            p ->
                                    p.contents().prepared().stream()
                                            .filter(tx -> tx.age().compareTo(FORGOTTEN) > 0)
                                            .filter(_ -> !p.identity().replica())
                                            .flatMap(
                                                    tx ->
                                                            p.when(
                                                                    true,
                                                                    WARNING,
                                                                    "'"
                                                                            + tx.id()
                                                                            + "' in "
                                                                            + tx.database()
                                                                            + " is "
                                                                            + Amounts.duration(
                                                                                    tx.age())
                                                                            + " old.",
                                                                    p.psqlIn(
                                                                            tx.database(),
                                                                            "ROLLBACK PREPARED '"
                                                                                    + tx.id()
                                                                                            .replace(
                                                                                                    "'",
                                                                                                    "''")
                                                                                    + "'")))),
                    Check.server(
                            "unlogged-tables",
                            "all tables survive a failover",
                            "An unlogged table is not replicated: after a failover, and after a"
                                    + " crash, it is empty.",
                            p ->
                                    p.when(
                                            !p.contents().unlogged().isEmpty(),
                                            WARNING,
                                            "Unlogged: "
                                                    + String.join(", ", p.contents().unlogged())
                                                    + ".",
                                            "if its rows are wanted: ALTER TABLE … SET LOGGED")),
                    Check.server(
                            "tablespaces",
                            "all data is in the data directory",
                            "A base backup puts a tablespace at the same path: on the same machine"
                                    + " it cannot, on another the path must exist.",
                            ContentChecks::tablespaces));

    private ContentChecks() {}

    private static Stream<Symptom> age(Patient p) {
        if (p.identity().replica()) {
            return Stream.empty();
        }
        return p.contents().databases().stream()
                .filter(found -> oldest(found) > OLD_AGE)
                .flatMap(
                        found ->
                                p.when(
                                        true,
                                        oldest(found) > DANGEROUS_AGE ? DANGER : WARNING,
                                        "Database %s was frozen %d million transactions ago."
                                                .formatted(found.name(), oldest(found) / 1_000_000),
                                        "vacuumdb --freeze -h %s -p %d -U %s %s"
                                                .formatted(
                                                        p.identity().reached().host(),
                                                        p.identity().reached().port(),
                                                        p.superuser(),
                                                        found.name())));
    }

    private static long oldest(DatabaseContent found) {
        return Math.max(found.age(), found.multixactAge());
    }

    private static Stream<Symptom> longest(Patient p) {
        Optional<Transaction> oldest =
                p.contents().oldest().filter(found -> found.age().compareTo(LONG_TRANSACTION) > 0);
        return oldest.stream()
                .flatMap(
                        found ->
                                p.when(
                                        true,
                                        WARNING,
                                        "%s in %s has one open for %s (%s, process %d)."
                                                .formatted(
                                                        found.user(),
                                                        found.database(),
                                                        Amounts.duration(found.age()),
                                                        found.state(),
                                                        found.process()),
                                        p.psql(
                                                "SELECT pg_terminate_backend("
                                                        + found.process()
                                                        + ")")));
    }

    private static Stream<Symptom> tablespaces(Patient p) {
        return p.contents().tablespaces().stream()
                .filter(_ -> !p.alone() && !p.identity().replica())
                .flatMap(
                        found ->
                                p.when(
                                        true,
                                        p.database().onOneMachine() ? DANGER : HINT,
                                        "Tablespace "
                                                + found.name()
                                                + " is in "
                                                + found.location()
                                                + ".",
                                        p.database().onOneMachine()
                                                ? p.psql(
                                                        "ALTER DATABASE … SET TABLESPACE"
                                                                + " pg_default")
                                                : "make that directory, owned by the server's"
                                                        + " account, on every member's machine"));
    }
}
