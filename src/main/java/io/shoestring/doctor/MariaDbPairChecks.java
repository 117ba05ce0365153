package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.config.DatabaseConfig;
import io.shoestring.doctor.facts.DiskFacts.Latency;
import io.shoestring.doctor.facts.MariaDbFacts;
import io.shoestring.doctor.facts.MariaDbFacts.Disk;
import io.shoestring.model.Protection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** What the MariaDB servers of one database must have in common, and their disks. */
final class MariaDbPairChecks {
    private static final Duration SLOW_FLUSH = Duration.ofMillis(20);
    private static final long FREE_PERCENT_MIN = 10;
    private static final int OLDEST_SOUND = 1006;

    /** A primary that differs in these behaves in another way than the one before. */
    private static final List<String> ALIKE =
            List.of(
                    "sql_mode",
                    "character_set_server",
                    "collation_server",
                    "time_zone",
                    "tx_isolation",
                    "lower_case_table_names",
                    "max_connections",
                    "innodb_buffer_pool_size",
                    "innodb_lock_wait_timeout",
                    "default_storage_engine",
                    "explicit_defaults_for_timestamp",
                    "skip_name_resolve",
                    "wait_timeout",
                    "auto_increment_increment");

    static final List<Check> ALL =
            List.of(
                    Check.mariadbs(
                            "server-id",
                            "each server has a number of its own",
                            "By it a server tells its own changes from others'; of two replicas"
                                    + " with one number the primary throws one out, in turn.",
                            MariaDbPairChecks::numbers),
                    Check.mariadb(
                            "mariadb-version",
                            "the version is one that Shoestring knows",
                            "Before 10.6 a primary that crashed comes back with transactions"
                                    + " that nobody acknowledged.",
                            p ->
                                    p.when(
                                            version(p).isPresent()
                                                    && version(p).orElse(0) < OLDEST_SOUND,
                                            WARNING,
                                            "It is " + p.answers().version() + ".",
                                            "upgrade it, a replica first")),
                    Check.mariadbs(
                            "versions-alike",
                            "no replica is older than its primary",
                            "What a newer one logs an older one may not understand.",
                            eachReplica(
                                    (replica, primary) ->
                                            replica.when(
                                                    version(replica).orElse(0)
                                                            < version(primary).orElse(0),
                                                    WARNING,
                                                    "It is %s, and %s is %s."
                                                            .formatted(
                                                                    replica.answers().version(),
                                                                    primary.name(),
                                                                    primary.answers().version()),
                                                    "upgrade it"))),
                    Check.mariadbs(
                            "mariadb-settings-alike",
                            "the servers' settings are alike",
                            "After a failover the application would meet another server than"
                                    + " before.",
                            eachReplica(MariaDbPairChecks::alike)),
                    Check.mariadbs(
                            "packet-size",
                            "replicas take what the primary sends",
                            "A change that is larger than slave_max_allowed_packet stops them.",
                            eachReplica(
                                    (replica, primary) ->
                                            replica.when(
                                                    replica.answers()
                                                                    .number(
                                                                            "slave_max_allowed_packet")
                                                            < primary.answers()
                                                                    .number("max_allowed_packet"),
                                                    DANGER,
                                                    "slave_max_allowed_packet is %s, and"
                                                                    .formatted(
                                                                            Amounts.bytes(
                                                                                    replica.answers()
                                                                                            .number(
                                                                                                    "slave_max_allowed_packet")))
                                                            + " max_allowed_packet of "
                                                            + primary.name()
                                                            + " is "
                                                            + Amounts.bytes(
                                                                    primary.answers()
                                                                            .number(
                                                                                    "max_allowed_packet"))
                                                            + ".",
                                                    replica.set(
                                                            "slave_max_allowed_packet",
                                                            "1073741824")))),
                    Check.mariadbs(
                            "auto-increment",
                            "two servers would not hand out the same numbers",
                            "Steps of auto_increment_increment keep servers apart only if each"
                                    + " begins elsewhere. With one writer at a time 1 and 1 is"
                                    + " right.",
                            MariaDbPairChecks::steps),
                    Check.mariadbs(
                            "gtid-domain",
                            "all servers write into one replication domain",
                            "Shoestring compares how far servers are by one history.",
                            MariaDbPairChecks::domains),
                    Check.mariadbs(
                            "mariadb-disk-space",
                            "the disk of a MariaDB server has room",
                            "A server whose disk is full lets its commits wait, and its replicas"
                                    + " with it.",
                            eachDisk(MariaDbPairChecks::space)),
                    Check.mariadbs(
                            "mariadb-same-disk",
                            "the MariaDB members are on different disks",
                            "What takes one disk, or fills it, takes both.",
                            MariaDbPairChecks::sameDisk),
                    Check.mariadbs(
                            "mariadb-data-permissions",
                            "nobody else may look into a MariaDB data directory",
                            "Every table can be read there.",
                            eachDisk(
                                    (server, disk) ->
                                            when(
                                                    !disk.empty()
                                                            && !disk.permissions().endsWith("---"),
                                                    WARNING,
                                                    server,
                                                    server.member().data()
                                                            + " is "
                                                            + disk.permissions()
                                                            + ".",
                                                    "chmod o-rwx " + server.member().data()))),
                    Check.mariadbs(
                            "mariadb-flush-latency",
                            "the disk of a MariaDB server is quick to make a write durable",
                            "Each commit waits for it twice, on both machines.",
                            eachDisk(MariaDbPairChecks::flush)));

    private MariaDbPairChecks() {}

    /** 10.11 as 1011; empty if it says something else. */
    private static Optional<Integer> version(MariaDbPatient p) {
        String[] parts = p.answers().version().split("[.-]", -1);
        return parts.length > 1 && parts[0].matches("\\d{1,3}") && parts[1].matches("\\d{1,2}")
                ? Optional.of(Integer.parseInt(parts[0]) * 100 + Integer.parseInt(parts[1]))
                : Optional.empty();
    }

    private static Check.OfMariaDbs eachReplica(
            BiFunction<MariaDbPatient, MariaDbPatient, Stream<Symptom>> compare) {
        return database ->
                MariaDbPatient.primary(database).stream()
                        .flatMap(
                                primary ->
                                        MariaDbPatient.of(database)
                                                .filter(p -> !p.equals(primary))
                                                .flatMap(p -> compare.apply(p, primary)));
    }

    private static Check.OfMariaDbs eachDisk(
            BiFunction<MariaDbFacts.Server, Disk, Stream<Symptom>> look) {
        return database ->
                database.servers().stream()
                        .flatMap(
                                server ->
                                        server.disk().stream()
                                                .flatMap(disk -> look.apply(server, disk)));
    }

    private static Stream<Symptom> when(
            boolean sick,
            Severity severity,
            MariaDbFacts.Server server,
            String found,
            String mend) {
        return sick ? Stream.of(new Symptom(severity, server.name(), found, mend)) : Stream.empty();
    }

    private static Stream<Symptom> numbers(MariaDbFacts database) {
        Map<Long, List<MariaDbPatient>> byNumber = new HashMap<>();
        MariaDbPatient.of(database)
                .forEach(
                        p ->
                                byNumber.computeIfAbsent(
                                                p.answers().number("server_id"),
                                                _ -> new ArrayList<>())
                                        .add(p));
        return byNumber.entrySet().stream()
                .filter(each -> each.getValue().size() > 1)
                .map(each -> sameNumber(each.getKey(), each.getValue()));
    }

    private static Symptom sameNumber(long number, List<MariaDbPatient> those) {
        MariaDbPatient last = those.getLast();
        return new Symptom(
                DANGER,
                String.join(",", those.stream().map(MariaDbPatient::name).toList()),
                "server_id is " + number + " on each.",
                last.setOnly("server_id", String.valueOf(number % 1_000_000 + 1))
                        + "; and take it out of the settings files: Shoestring gives each member"
                        + " its own at its next start");
    }

    private static Stream<Symptom> alike(MariaDbPatient replica, MariaDbPatient primary) {
        return ALIKE.stream()
                .filter(
                        name ->
                                !Objects.equals(
                                        replica.answers().variable(name),
                                        primary.answers().variable(name)))
                .flatMap(
                        name ->
                                replica.when(
                                        true,
                                        WARNING,
                                        "%s is '%s', and '%s' on %s."
                                                .formatted(
                                                        name,
                                                        replica.answers().variable(name),
                                                        primary.answers().variable(name),
                                                        primary.name()),
                                        "write one value into both settings files (SET GLOBAL, if"
                                                + " it can be changed while the server runs)"));
    }

    private static Stream<Symptom> steps(MariaDbFacts database) {
        List<MariaDbPatient> all =
                MariaDbPatient.of(database)
                        .filter(p -> p.server().member().priority() > 0)
                        .toList();
        boolean mutual = database.config().topology() == DatabaseConfig.Topology.MUTUAL;
        boolean steps =
                mutual
                        || all.stream()
                                .anyMatch(p -> p.answers().number("auto_increment_increment") > 1);
        long places =
                all.stream()
                        .map(p -> p.answers().number("auto_increment_offset"))
                        .distinct()
                        .count();
        boolean tooFew =
                all.stream()
                        .anyMatch(
                                p ->
                                        p.answers().number("auto_increment_increment") < all.size()
                                                || p.answers().number("auto_increment_offset")
                                                        > p.answers()
                                                                .number(
                                                                        "auto_increment_increment"));
        return steps && (places < all.size() || tooFew)
                ? all.stream()
                        .map(
                                p ->
                                        new Symptom(
                                                WARNING,
                                                p.name(),
                                                "auto_increment_increment is %d, and _offset %d."
                                                        .formatted(
                                                                p.answers()
                                                                        .number(
                                                                                "auto_increment_increment"),
                                                                p.answers()
                                                                        .number(
                                                                                "auto_increment_offset")),
                                                mutual
                                                        ? "start its node, which sets them"
                                                        : one(p)))
                : Stream.empty();
    }

    private static String one(MariaDbPatient p) {
        return p.sql(
                        "SET GLOBAL auto_increment_increment = 1",
                        "SET GLOBAL auto_increment_offset = 1")
                + "; and the same in its settings file";
    }

    private static Stream<Symptom> domains(MariaDbFacts database) {
        List<MariaDbPatient> all = MariaDbPatient.of(database).toList();
        String usual = all.isEmpty() ? "0" : all.getFirst().answers().variable("gtid_domain_id");
        return all.stream()
                .filter(p -> !p.answers().variable("gtid_domain_id").equals(usual))
                .flatMap(
                        p ->
                                p.when(
                                        true,
                                        WARNING,
                                        "gtid_domain_id is %s, and %s on %s."
                                                .formatted(
                                                        p.answers().variable("gtid_domain_id"),
                                                        usual,
                                                        all.getFirst().name()),
                                        p.set("gtid_domain_id", usual)));
    }

    private static Stream<Symptom> space(MariaDbFacts.Server server, Disk disk) {
        return when(
                disk.freeBytes() * 100 < disk.totalBytes() * FREE_PERCENT_MIN,
                disk.freeBytes() * 100 < disk.totalBytes() * 3 ? DANGER : WARNING,
                server,
                Amounts.bytes(disk.freeBytes())
                        + " of "
                        + Amounts.bytes(disk.totalBytes())
                        + " are free.",
                "make room; if it is the binary log: PURGE BINARY LOGS BEFORE now() - INTERVAL 2"
                        + " DAY, after a look at how far the replicas are");
    }

    private static Stream<Symptom> sameDisk(MariaDbFacts database) {
        List<MariaDbFacts.Server> here =
                database.servers().stream().filter(server -> server.disk().isPresent()).toList();
        return here.stream()
                .skip(1)
                .filter(server -> device(server) == device(here.getFirst()))
                .flatMap(
                        server ->
                                when(
                                        database.config().protection() != Protection.PERFORMANCE
                                                || !database.onOneMachine(),
                                        HINT,
                                        server,
                                        "Its data is on the same file system as that of "
                                                + here.getFirst().name()
                                                + ".",
                                        "give it a disk of its own, or better a machine"));
    }

    private static long device(MariaDbFacts.Server server) {
        return server.disk().map(Disk::device).orElse(-1L);
    }

    private static Stream<Symptom> flush(MariaDbFacts.Server server, Disk disk) {
        Optional<Latency> slow =
                disk.flush().filter(latency -> latency.median().compareTo(SLOW_FLUSH) > 0);
        return slow.stream()
                .flatMap(
                        latency ->
                                when(
                                        true,
                                        WARNING,
                                        server,
                                        "To make 8 kB durable takes "
                                                + Amounts.duration(latency.median())
                                                + ".",
                                        "use a disk with a cache that survives a power cut"));
    }
}
