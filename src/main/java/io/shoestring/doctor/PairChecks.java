package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.doctor.facts.DatabaseFacts;
import io.shoestring.doctor.facts.ServerFacts;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** What the members of one database must have in common. */
final class PairChecks {
    /** A replica refuses to go on if it has less of these than its primary. */
    private static final List<String> NOT_LESS =
            List.of(
                    "max_connections",
                    "max_worker_processes",
                    "max_wal_senders",
                    "max_prepared_transactions",
                    "max_locks_per_transaction");

    /** A primary that differs in these behaves in another way than the one before. */
    private static final List<String> ALIKE =
            List.of(
                    "shared_preload_libraries",
                    "timezone",
                    "lc_messages",
                    "default_transaction_isolation",
                    "shared_buffers",
                    "work_mem",
                    "statement_timeout",
                    "password_encryption",
                    "listen_addresses");

    static final List<Check> ALL =
            List.of(
                    Check.database(
                            "same-cluster",
                            "all members have the same cluster's data",
                            "Data of two clusters cannot be replicated into each other; nothing is"
                                    + " written into a directory of another one.",
                            eachReplica(PairChecks::sameCluster)),
                    Check.database(
                            "server-versions",
                            "all members run the same PostgreSQL",
                            "The log of one major version cannot be replayed by another; minor"
                                    + " ones differ in what is mended.",
                            eachReplica(PairChecks::versions)),
                    Check.database(
                            "replica-limits",
                            "no replica has lower limits than the primary",
                            "It would stop replaying, or not start.",
                            eachReplica(PairChecks::limits)),
                    Check.database(
                            "settings-alike",
                            "the members' settings are alike",
                            "After a failover the application would meet another server than"
                                    + " before.",
                            eachReplica(PairChecks::alike)),
                    Check.database(
                            "collations-alike",
                            "all machines sort text alike",
                            "Indexes on text are replicated as they are: on a machine that sorts"
                                    + " otherwise they miss rows, and let duplicates in.",
                            eachReplica(PairChecks::collations)),
                    Check.database(
                            "extensions",
                            "every extension is installed on all machines",
                            "After a failover what uses it fails.",
                            eachReplica(PairChecks::extensions)),
                    Check.database(
                            "clocks",
                            "the machines' clocks agree",
                            "Nothing is decided by them, but now() jumps at a failover, and"
                                    + " certificates are good from one time of day to another.",
                            PairChecks::clocks),
                    Check.database(
                            "round-trip",
                            "the members are near each other",
                            "Each commit waits for the replica's answer; nodes give each other"
                                    + " less than a second.",
                            PairChecks::far),
                    Check.database(
                            "same-disk",
                            "the members are on different disks",
                            "What takes one disk, or fills it, takes both.",
                            PairChecks::sameDisk));

    private PairChecks() {}

    private static Check.OfDatabase eachReplica(
            BiFunction<Patient, Patient, Stream<Symptom>> compare) {
        return database -> {
            List<Patient> all = Patient.of(database).toList();
            Optional<Patient> primary =
                    all.stream().filter(p -> !p.identity().replica()).findFirst();
            return primary.stream()
                    .flatMap(
                            first ->
                                    all.stream()
                                            .filter(p -> !p.equals(first))
                                            .flatMap(p -> compare.apply(first, p)));
        };
    }

    private static Stream<Symptom> sameCluster(Patient primary, Patient p) {
        long own = p.identity().systemIdentifier();
        long theirs = primary.identity().systemIdentifier();
        return p.when(
                own != theirs,
                DANGER,
                "Its system identifier is %s, that of %s is %s."
                        .formatted(
                                Long.toUnsignedString(own),
                                primary.name(),
                                Long.toUnsignedString(theirs)),
                "stop it and move " + p.identity().dataDirectory() + " away: then it is cloned");
    }

    private static Stream<Symptom> versions(Patient primary, Patient p) {
        int own = p.identity().version();
        int theirs = primary.identity().version();
        return p.when(
                own != theirs,
                p.identity().major() == primary.identity().major() ? WARNING : DANGER,
                "It is PostgreSQL %s, and %s is %s."
                        .formatted(
                                p.identity().versionText(),
                                primary.name(),
                                primary.identity().versionText()),
                "install the same version, the replica's first: apt-get install postgresql-"
                        + primary.identity().major());
    }

    private static Stream<Symptom> limits(Patient primary, Patient p) {
        return NOT_LESS.stream()
                .flatMap(
                        name -> {
                            long own = p.settings().number(name);
                            long theirs = primary.settings().number(name);
                            return p.when(
                                    own < theirs,
                                    DANGER,
                                    "%s is %d, and %d on %s."
                                            .formatted(name, own, theirs, primary.name()),
                                    p.alterAndRestart(name, Long.toString(theirs)));
                        });
    }

    private static Stream<Symptom> alike(Patient primary, Patient p) {
        List<String> different =
                ALIKE.stream()
                        .filter(
                                name ->
                                        !p.settings()
                                                .text(name)
                                                .equals(primary.settings().text(name)))
                        .filter(
                                name ->
                                        !name.equals("listen_addresses")
                                                || p.database().onOneMachine())
                        .map(
                                name ->
                                        "%s is '%s', and '%s' on %s"
                                                .formatted(
                                                        name,
                                                        p.settings().text(name),
                                                        primary.settings().text(name),
                                                        primary.name()))
                        .toList();
        return p.when(
                !different.isEmpty(),
                WARNING,
                String.join("; ", different) + ".",
                "make them alike, by ALTER SYSTEM or in postgresql.conf, and reload or restart");
    }

    private static Stream<Symptom> collations(Patient primary, Patient p) {
        Map<String, String> own = p.contents().collations();
        List<String> different =
                primary.contents().collations().entrySet().stream()
                        .filter(entry -> own.containsKey(entry.getKey()))
                        .filter(entry -> !entry.getValue().equals(own.get(entry.getKey())))
                        .map(
                                entry ->
                                        "%s is of version %s, and %s on %s"
                                                .formatted(
                                                        entry.getKey(),
                                                        own.get(entry.getKey()),
                                                        entry.getValue(),
                                                        primary.name()))
                        .sorted()
                        .toList();
        return p.when(
                !different.isEmpty(),
                DANGER,
                String.join("; ", different) + ".",
                "bring both machines to the same release of the system before a failover; REINDEX"
                        + " after one");
    }

    private static Stream<Symptom> extensions(Patient primary, Patient p) {
        Map<String, String> available = p.contents().available();
        List<String> missing =
                primary.contents().installed().keySet().stream()
                        .map(name -> name.substring(name.indexOf('/') + 1))
                        .distinct()
                        .filter(name -> !available.containsKey(name))
                        .sorted()
                        .toList();
        return p.when(
                !missing.isEmpty(),
                DANGER,
                "Its machine has no " + String.join(", ", missing) + ".",
                "install the package of the extension there");
    }

    private static Stream<Symptom> clocks(DatabaseFacts database) {
        return Patient.of(database)
                .filter(
                        p ->
                                p.identity().ahead().abs().toMillis()
                                        > 1000 + p.identity().roundTrip().toMillis() / 2)
                .flatMap(
                        p ->
                                p.when(
                                        true,
                                        WARNING,
                                        "Its clock is %s %s this machine's."
                                                .formatted(
                                                        Amounts.duration(
                                                                p.identity().ahead().abs()),
                                                        p.identity().ahead().isNegative()
                                                                ? "behind"
                                                                : "ahead of"),
                                        "timedatectl set-ntp true"));
    }

    private static Stream<Symptom> far(DatabaseFacts database) {
        return Patient.of(database)
                .flatMap(
                        p ->
                                p.when(
                                        p.identity().roundTrip().toMillis() > 50,
                                        p.identity().roundTrip().toMillis() > 250 ? WARNING : HINT,
                                        "A question takes "
                                                + Amounts.duration(p.identity().roundTrip())
                                                + " from here.",
                                        "look at the network between the machines; or use"
                                                + " protection: performance"));
    }

    private static Stream<Symptom> sameDisk(DatabaseFacts database) {
        List<ServerFacts> here =
                database.servers().stream().filter(server -> server.disk().isPresent()).toList();
        List<Symptom> found = new ArrayList<>();
        for (int i = 1; i < here.size(); i++) {
            Function<ServerFacts, Long> device = server -> server.disk().orElseThrow().device();
            if (Objects.equals(device.apply(here.getFirst()), device.apply(here.get(i)))) {
                found.add(
                        new Symptom(
                                HINT,
                                here.get(i).name(),
                                "Its data is on the same file system as that of "
                                        + here.getFirst().name()
                                        + ".",
                                "give it a disk of its own, or better a machine"));
            }
        }
        return found.stream();
    }
}
