package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.database.mysql.MysqlException;
import io.shoestring.database.mysql.ReplicationSource;
import io.shoestring.database.mysql.ReplicationTrouble;
import io.shoestring.doctor.facts.MariaDbFacts;
import io.shoestring.doctor.facts.ServerFacts.Kind;
import io.shoestring.model.Endpoint;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** How MariaDB servers are reached, who takes writes, and who follows whom. */
final class MariaDbReplicationChecks {
    private static final long BEHIND_SECONDS_MAX = 60;

    static final List<Check> ALL =
            List.of(
                    Check.mariadbs(
                            "mariadb-answers",
                            "every MariaDB server answers",
                            "Who does not answer cannot take over, and nothing of it could be"
                                    + " looked at.",
                            database -> problems(database, Kind.SILENT, Kind.STARTING)),
                    Check.mariadbs(
                            "mariadb-log-in",
                            "the agents' user can log in",
                            "Without it nothing is watched, and nobody is promoted.",
                            database -> problems(database, Kind.REFUSED)),
                    Check.mariadbs(
                            "mariadb-rights",
                            "the agents' user may see everything",
                            "It promotes, makes users, and reads what only few may.",
                            database ->
                                    Stream.concat(
                                            problems(database, Kind.NO_RIGHTS),
                                            MariaDbPatient.of(database)
                                                    .flatMap(MariaDbReplicationChecks::rights))),
                    Check.mariadbs(
                            "mariadb-right-server",
                            "the MariaDB server at the port is the configured one",
                            "Shoestring touches only the data directory that it was given.",
                            database -> problems(database, Kind.ANOTHER)),
                    Check.mariadb(
                            "bind-address",
                            "a MariaDB server listens at its node's address",
                            "The other members and the other nodes' proxies reach it only there.",
                            p ->
                                    p.when(
                                            p.answers().addressProblem().isPresent(),
                                            DANGER,
                                            "It is not reached by "
                                                    + p.server().address()
                                                    + ": "
                                                    + p.answers().addressProblem().orElse(""),
                                            p.write("bind_address = 0.0.0.0"))),
                    Check.mariadbs(
                            "one-writer",
                            "exactly one MariaDB server takes writes",
                            "With two, each has what the other lacks; with none, nobody writes.",
                            MariaDbReplicationChecks::writers),
                    Check.mariadb(
                            "replication",
                            "nothing is in a replica's way",
                            "A replica that does not go on falls behind, and is not promoted.",
                            MariaDbReplicationChecks::troubles),
                    Check.mariadb(
                            "follows-primary",
                            "every replica follows the primary",
                            "A replica of nobody, or of somebody else, does not have what is"
                                    + " written.",
                            MariaDbReplicationChecks::upstream),
                    Check.mariadb(
                            "primary-follows",
                            "the primary follows nobody",
                            "What is written past it comes in unnoticed, and two that follow each"
                                    + " other can lead old changes around in a circle.",
                            p ->
                                    p.when(
                                            !p.isReadOnly()
                                                    && p.answers().sources().stream()
                                                            .filter(source -> !p.isWayBack(source))
                                                            .anyMatch(
                                                                    source ->
                                                                            !source.receiving()
                                                                                    .equals("No")),
                                            WARNING,
                                            "It takes writes, and follows "
                                                    + p.source()
                                                            .map(ReplicationSource::upstream)
                                                            .map(Endpoint::toString)
                                                            .orElse("somebody")
                                                    + ".",
                                            p.sql("STOP ALL SLAVES")
                                                    + ", if it is the one that is to take writes"
                                                    + " (see the guide: two servers that follow"
                                                    + " each other)")),
                    Check.mariadb(
                            "mutual",
                            "with topology: mutual the primary follows its successor, too",
                            "What somebody writes to the passive server, past Shoestring, stays"
                                    + " there; and the topology is not the one that was asked for.",
                            p ->
                                    p.when(
                                            p.isMutual()
                                                    && !p.isReadOnly()
                                                    && p.answers().sources().stream()
                                                            .filter(p::isWayBack)
                                                            .noneMatch(ReplicationSource::follows),
                                            WARNING,
                                            "It takes writes, and does not follow its successor.",
                                            "a running node has it follow as soon as the successor"
                                                    + " follows it, is read-only and has no"
                                                    + " transactions of its own; the node's log"
                                                    + " says what is in the way")),
                    Check.mariadb(
                            "one-source",
                            "no server follows several others",
                            "Shoestring knows one history; what comes in by another connection is"
                                    + " on this member only.",
                            p ->
                                    p.answers().sources().stream()
                                            .filter(source -> !source.name().isEmpty())
                                            .filter(source -> !p.isWayBack(source))
                                            .flatMap(
                                                    source ->
                                                            p.when(
                                                                    true,
                                                                    WARNING,
                                                                    "It follows "
                                                                            + source.upstream()
                                                                            + ", too (connection '"
                                                                            + source.name()
                                                                            + "').",
                                                                    p.sql(
                                                                            "STOP SLAVE '"
                                                                                    + source.name()
                                                                                    + "'",
                                                                            "RESET SLAVE '"
                                                                                    + source.name()
                                                                                    + "' ALL")))),
                    Check.mariadb(
                            "gtid",
                            "replicas follow by GTID",
                            "By file and position a replica cannot be told to follow another"
                                    + " primary without a gap.",
                            p ->
                                    followed(
                                            p,
                                            source -> source.gtid().equals("No"),
                                            DANGER,
                                            source -> "It follows by file and position.",
                                            p.sql(
                                                            "STOP SLAVE",
                                                            "CHANGE MASTER TO master_use_gtid ="
                                                                    + " slave_pos",
                                                            "START SLAVE")
                                                    + ", while its primary runs")),
                    Check.mariadb(
                            "replication-delay",
                            "a replica applies at once",
                            "Who is to take over would first have to apply all that; its readers"
                                    + " see old data. If it is meant, say `delay` at the member in"
                                    + " the configuration: then it takes neither.",
                            p ->
                                    followed(
                                            p,
                                            source ->
                                                    source.delaySeconds() > 0
                                                            && p.server()
                                                                    .member()
                                                                    .delay()
                                                                    .isEmpty(),
                                            WARNING,
                                            source ->
                                                    "It applies everything "
                                                            + source.delaySeconds()
                                                            + " s late.",
                                            p.sql(
                                                            "STOP SLAVE",
                                                            "CHANGE MASTER TO master_delay = 0",
                                                            "START SLAVE")
                                                    + ", while its primary runs")),
                    Check.mariadb(
                            "replication-filters",
                            "replicas leave nothing out",
                            "Who takes over would lack it.",
                            p ->
                                    followed(
                                            p,
                                            source -> !source.filters().isEmpty(),
                                            DANGER,
                                            source ->
                                                    "It leaves out what is not in, or is in, "
                                                            + source.filters()
                                                            + ".",
                                            "take these out of its settings file and SET GLOBAL"
                                                + " them to '' (after STOP SLAVE); then have the"
                                                + " member copied anew")),
                    Check.mariadb(
                            "behind",
                            "replicas keep up",
                            "What is not applied yet must be before a replica takes over, and its"
                                    + " readers see old data.",
                            p ->
                                    followed(
                                            p,
                                            source ->
                                                    source.behindSeconds() > BEHIND_SECONDS_MAX
                                                            && source.delaySeconds() == 0,
                                            WARNING,
                                            source ->
                                                    "What it applies is "
                                                            + source.behindSeconds()
                                                            + " s old ("
                                                            + source.state()
                                                            + ").",
                                            p.sql("SHOW FULL PROCESSLIST")
                                                    + ", look at its disk, and at tables without a"
                                                    + " primary key; slave_parallel_threads may"
                                                    + " help")),
                    Check.mariadb(
                            "errant-transactions",
                            "no replica has transactions of its own",
                            "They are on one server only, and come back to life when it takes over:"
                                    + " Shoestring does not let it.",
                            MariaDbReplicationChecks::errant),
                    Check.mariadb(
                            "replica-acknowledges",
                            "the replica acknowledges what it receives",
                            "Commits that wait for it would wait for ever, or for nobody.",
                            p ->
                                    p.when(
                                            p.synchronous()
                                                    && p.isReadOnly()
                                                    && p.source().isPresent()
                                                    && p.server().member().priority() > 0
                                                    && !p.answers()
                                                            .isOn("rpl_semi_sync_slave_enabled"),
                                            DANGER,
                                            "rpl_semi_sync_slave_enabled is OFF.",
                                            p.sql(
                                                    "STOP SLAVE IO_THREAD",
                                                    "SET GLOBAL rpl_semi_sync_slave_enabled = ON",
                                                    "START SLAVE IO_THREAD"))),
                    Check.mariadb(
                            "primary-waits",
                            "the primary's commits wait for the replica",
                            "With protection availability an acknowledged commit is on two"
                                    + " servers; while it does not wait it is on one.",
                            p ->
                                    p.when(
                                            p.synchronous()
                                                    && !p.isReadOnly()
                                                    && !p.answers()
                                                            .isOn("rpl_semi_sync_master_enabled"),
                                            WARNING,
                                            "rpl_semi_sync_master_enabled is OFF.",
                                            "see why nobody follows: shoestring why "
                                                    + p.database().config().name()
                                                    + "; a running node switches it on when the"
                                                    + " replica has caught up")));

    private MariaDbReplicationChecks() {}

    private static Stream<Symptom> problems(MariaDbFacts database, Kind... kinds) {
        return database.servers().stream()
                .flatMap(server -> problem(database, server, Set.of(kinds)));
    }

    private static Stream<Symptom> problem(
            MariaDbFacts database, MariaDbFacts.Server server, Set<Kind> kinds) {
        boolean noData = server.disk().map(MariaDbFacts.Disk::empty).orElse(false);
        return server.problem().stream()
                .filter(found -> kinds.contains(found.kind()))
                .map(
                        found ->
                                noData && found.kind() == Kind.SILENT
                                        ? new Symptom(
                                                HINT,
                                                server.name(),
                                                "Its data directory is empty.",
                                                "start the node: Shoestring copies the primary's"
                                                        + " data into it")
                                        : new Symptom(
                                                DANGER,
                                                server.name(),
                                                found.sentence(),
                                                cure(database, server, found.kind())));
    }

    private static String cure(MariaDbFacts database, MariaDbFacts.Server server, Kind kind) {
        String user = database.config().superuser().name();
        return switch (kind) {
            case SILENT ->
                    "start it, and let it listen at "
                            + server.address()
                            + ", port "
                            + server.member().port();
            case STARTING -> "wait until it is up, and look again";
            case REFUSED ->
                    "correct superuser.name or the password file; or on the server: ALTER USER "
                            + user
                            + "@'%' IDENTIFIED BY …";
            case NO_RIGHTS ->
                    "on the primary: GRANT ALL PRIVILEGES ON *.* TO "
                            + user
                            + "@'%' WITH GRANT OPTION";
            case ANOTHER -> "give each member its own port, or correct the member's data";
        };
    }

    private static Stream<Symptom> rights(MariaDbPatient p) {
        Set<String> needed =
                Set.of(
                        "SUPER",
                        "RELOAD",
                        "SHUTDOWN",
                        "CREATE USER",
                        "REPLICATION SLAVE ADMIN",
                        "READ_ONLY ADMIN",
                        "BINLOG ADMIN",
                        "BINLOG MONITOR");
        List<String> lacking =
                p.answers().accounts().stream()
                        .filter(account -> account.user().equals(p.superuser()))
                        .flatMap(
                                account ->
                                        needed.stream()
                                                .filter(
                                                        each ->
                                                                !account.privileges()
                                                                        .contains(each)))
                        .distinct()
                        .sorted()
                        .toList();
        return p.when(
                !lacking.isEmpty(),
                DANGER,
                "The user " + p.superuser() + " lacks " + String.join(", ", lacking) + ".",
                "on the primary, as root: GRANT ALL PRIVILEGES ON *.* TO "
                        + p.superuser()
                        + "@'%' WITH GRANT OPTION");
    }

    private static Stream<Symptom> writers(MariaDbFacts database) {
        List<MariaDbPatient> all = MariaDbPatient.of(database).toList();
        List<MariaDbPatient> writers = all.stream().filter(p -> !p.isReadOnly()).toList();
        if (all.isEmpty() || writers.size() == 1) {
            return Stream.empty();
        }
        String names = String.join(" and ", writers.stream().map(MariaDbPatient::name).toList());
        return Stream.of(
                new Symptom(
                        DANGER,
                        database.config().name().value(),
                        writers.isEmpty() ? "No server takes writes." : names + " take writes.",
                        writers.isEmpty()
                                ? "start the nodes; 'shoestring why' says what they wait for"
                                : writers.stream()
                                        .filter(p -> p.source().isPresent())
                                        .findFirst()
                                        .orElse(writers.getLast())
                                        .setOnly("read_only", "ON")));
    }

    /** Of a source that the check is about. */
    private interface OfSource<T> {
        T of(ReplicationSource source);
    }

    private static Stream<Symptom> followed(
            MariaDbPatient p,
            OfSource<Boolean> sick,
            Severity severity,
            OfSource<String> found,
            String mend) {
        return p.source().stream()
                .flatMap(source -> p.when(sick.of(source), severity, found.of(source), mend));
    }

    private static Stream<Symptom> troubles(MariaDbPatient p) {
        Optional<ReplicationTrouble> standstill = p.answers().standstill();
        return p.isReadOnly()
                ? standstill.or(() -> p.source().flatMap(ReplicationTrouble::of)).stream()
                        .map(
                                trouble ->
                                        new Symptom(
                                                DANGER, p.name(), trouble.found(), trouble.cure()))
                : Stream.empty();
    }

    /** Whether another name means the same server is not asked: its number is. */
    private static Stream<Symptom> upstream(MariaDbPatient p) {
        return MariaDbPatient.primary(p.database()).stream()
                .filter(primary -> !primary.equals(p) && p.answers().standstill().isEmpty())
                .filter(
                        primary ->
                                p.source()
                                        .map(source -> !isAt(source.upstream(), primary))
                                        .orElse(true))
                .map(
                        primary ->
                                new Symptom(
                                        DANGER,
                                        p.name(),
                                        p.source()
                                                        .map(
                                                                source ->
                                                                        "It follows "
                                                                                + source.upstream())
                                                        .orElse("It follows nobody")
                                                + ", and the primary is "
                                                + primary.name()
                                                + ".",
                                        "start the node, which points it there; or CHANGE MASTER TO"
                                                + " master_host = '"
                                                + primary.server().address()
                                                + "', master_port = "
                                                + primary.server().member().port()
                                                + ", master_use_gtid = slave_pos"));
    }

    private static boolean isAt(Endpoint upstream, MariaDbPatient primary) {
        List<String> hosts =
                List.of(primary.server().address(), primary.answers().reached().host());
        return upstream.port() == primary.server().member().port()
                && (hosts.contains(upstream.host()) || !upstream.host().matches("[0-9.:a-f]+"));
    }

    private static Stream<Symptom> errant(MariaDbPatient p) {
        return MariaDbPatient.primary(p.database()).stream()
                .filter(primary -> !primary.equals(p))
                .flatMap(primary -> errant(p, primary));
    }

    private static Stream<Symptom> errant(MariaDbPatient p, MariaDbPatient primary) {
        try {
            // Asked one after the other: only what it wrote itself was not on its way meanwhile.
            String own = "-" + p.answers().variable("server_id") + "-";
            List<String> only =
                    p.answers().onlyHere(primary.answers()).stream()
                            .filter(each -> each.contains(own))
                            .toList();
            return p.when(
                    !only.isEmpty(),
                    DANGER,
                    "Only it has " + String.join(", ", only) + ".",
                    "mariadb-binlog on its newest binary log shows them; run what is needed on the"
                            + " primary, then let the member be copied anew (the node does it, and"
                            + " keeps the old data aside)");
        } catch (MysqlException e) {
            return p.when(true, WARNING, e.getMessage() + ".", "tell us what the server said");
        }
    }
}
