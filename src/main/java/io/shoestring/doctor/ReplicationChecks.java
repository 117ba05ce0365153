package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.database.postgresql.SlotName;
import io.shoestring.doctor.facts.DatabaseFacts;
import io.shoestring.doctor.facts.DiskFacts;
import io.shoestring.doctor.facts.ReplicationFacts.Receiver;
import io.shoestring.doctor.facts.ReplicationFacts.Sender;
import io.shoestring.doctor.facts.ReplicationFacts.Slot;
import io.shoestring.doctor.facts.ServerFacts;
import io.shoestring.doctor.facts.ServerFacts.Kind;
import io.shoestring.doctor.facts.ServerFacts.Problem;
import io.shoestring.model.Delay;
import io.shoestring.model.Protection;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether every server is there, and how the log gets from one to the other. */
final class ReplicationChecks {
    private static final long HELD_BYTES = 1L << 30;
    private static final long BEHIND_BYTES = 64L << 20;
    private static final Duration BEHIND = Duration.ofSeconds(30);

    static final List<Check> ALL =
            List.of(
                    Check.database(
                            "server-answers",
                            "every server answers",
                            "Who does not answer cannot take over, and nothing of it could be"
                                    + " looked at.",
                            database -> problems(database, Kind.SILENT, Kind.STARTING)),
                    Check.database(
                            "log-in",
                            "the agents' role can log in",
                            "Without it nothing is watched, and nobody is promoted.",
                            database -> problems(database, Kind.REFUSED)),
                    Check.database(
                            "superuser-rights",
                            "the agents' role is a superuser",
                            "It promotes, changes settings, and reads what only a superuser may.",
                            database -> problems(database, Kind.NO_RIGHTS)),
                    Check.database(
                            "right-server",
                            "the server at the port is the configured one",
                            "Shoestring touches only the data directory that it was given.",
                            database -> problems(database, Kind.ANOTHER)),
                    Check.database(
                            "one-primary",
                            "exactly one server takes writes",
                            "With two, each has what the other lacks; with none, nobody writes.",
                            ReplicationChecks::primaries),
                    Check.server(
                            "follows",
                            "every replica gets the log",
                            "A replica without it falls behind, and is not promoted.",
                            p ->
                                    p.when(
                                            p.replication()
                                                    .receiver()
                                                    .map(
                                                            receiver ->
                                                                    !receiver.streaming()
                                                                            && !receiver
                                                                                    .holdsBack())
                                                    .orElse(false),
                                            DANGER,
                                            "No log flows in.",
                                            "look into the server's log; a running Shoestring"
                                                    + " mends it by itself")),
                    Check.server(
                            "replay",
                            "replicas keep up",
                            "What is not replayed yet must be before a replica takes over, and its"
                                    + " readers see old data.",
                            ReplicationChecks::replay),
                    Check.server(
                            "lag",
                            "nobody is far behind the primary",
                            "Without synchronous replication that much would be lost.",
                            p ->
                                    p.replication().senders().stream()
                                            .filter(sender -> sender.behindBytes() > BEHIND_BYTES)
                                            .filter(sender -> !sender.state().equals("backup"))
                                            .filter(sender -> !isDelayed(p, sender))
                                            .flatMap(
                                                    sender ->
                                                            p.when(
                                                                    true,
                                                                    WARNING,
                                                                    sender.name()
                                                                            + " is "
                                                                            + Amounts.bytes(
                                                                                    sender
                                                                                            .behindBytes())
                                                                            + " behind.",
                                                                    "look at its disk and at long"
                                                                            + " queries there"))),
                    Check.server(
                            "slot-inactive",
                            "every slot is used",
                            "A slot that nobody reads from makes the server keep log for"
                                    + " somebody who may never come.",
                            ReplicationChecks::unused),
                    Check.server(
                            "slot-held",
                            "no slot holds much log",
                            "It fills the disk, or is cut off at max_slot_wal_keep_size: then"
                                    + " whoever it is for has to be copied anew.",
                            ReplicationChecks::held),
                    Check.server(
                            "logical-slots",
                            "no logical slot is lost in a failover",
                            "A logical slot is on one server only, unless it was made to follow a"
                                    + " failover (PostgreSQL 17 and later): else its subscriber"
                                    + " has to begin anew.",
                            ReplicationChecks::logical),
                    Check.database(
                            "synchronous-names",
                            "commits wait for nobody who is no member",
                            "A commit that waits for somebody who never answers does not end.",
                            ReplicationChecks::strangers),
                    Check.server(
                            "commits-blocked",
                            "with protection maximum a replica acknowledges commits",
                            "While none does, no commit is answered: protection maximum never goes"
                                    + " on alone.",
                            ReplicationChecks::blocked),
                    Check.server(
                            "archive",
                            "the archive takes the log",
                            "Log that cannot be archived stays in pg_wal until the disk is"
                                    + " full; and no backup can be brought up to date.",
                            ReplicationChecks::archive),
                    Check.server(
                            "wal-disk",
                            "there is room for the log that may be kept",
                            "A primary whose disk is full of log stops.",
                            ReplicationChecks::logFits));

    private static final int FIRST_WITH_FAILOVER_SLOTS = 17;

    private ReplicationChecks() {}

    private static Stream<Symptom> problems(DatabaseFacts database, Kind... kinds) {
        return database.servers().stream().flatMap(server -> problem(server, List.of(kinds)));
    }

    private static Stream<Symptom> problem(ServerFacts server, List<Kind> kinds) {
        Optional<Problem> problem = server.problem().filter(found -> kinds.contains(found.kind()));
        boolean noData = server.disk().map(DiskFacts::empty).orElse(false);
        return problem.stream()
                .map(
                        found ->
                                noData && found.kind() == Kind.SILENT
                                        ? new Symptom(
                                                Severity.HINT,
                                                server.name(),
                                                "Its data directory is empty.",
                                                "start the node: Shoestring copies the primary's"
                                                        + " data into it")
                                        : new Symptom(
                                                DANGER,
                                                server.name(),
                                                found.sentence(),
                                                cure(server, found.kind())));
    }

    private static String cure(ServerFacts server, Kind kind) {
        return switch (kind) {
            case SILENT ->
                    "start it, and let it listen at "
                            + server.address()
                            + ", port "
                            + server.member().port();
            case STARTING -> "wait until it is up, and look again";
            case REFUSED ->
                    "correct superuser.name, the password file or pg_hba.conf: psql -h "
                            + server.address()
                            + " -p "
                            + server.member().port()
                            + " shows the server's words";
            case NO_RIGHTS -> "as a superuser: ALTER ROLE … SUPERUSER REPLICATION";
            case ANOTHER -> "give each member its own port, or correct the member's data";
        };
    }

    private static Stream<Symptom> primaries(DatabaseFacts database) {
        List<String> primaries =
                database.answering()
                        .filter(ServerFacts::takesWrites)
                        .map(ServerFacts::name)
                        .toList();
        boolean asked = database.answering().findAny().isPresent();
        if (!asked || primaries.size() == 1) {
            return Stream.empty();
        }
        return Stream.of(
                new Symptom(
                        DANGER,
                        database.config().name().value(),
                        primaries.isEmpty()
                                ? "No server takes writes."
                                : String.join(" and ", primaries) + " take writes.",
                        primaries.isEmpty()
                                ? "start the primary, or promote the most advanced replica"
                                : "stop the one whose data is not wanted; if it is to follow, move"
                                        + " its data directory away"));
    }

    /** On purpose: what it has not replayed says nothing. */
    private static boolean isDelayed(Patient p, Sender sender) {
        return p.database().config().members().values().stream()
                .filter(member -> member.name().value().equals(sender.name()))
                .anyMatch(member -> member.delay().isPresent());
    }

    /** After a restart such a member reads from its slot only when it has applied what it has. */
    private static boolean isOfDelayed(Patient p, Slot slot) {
        return p.database().config().members().values().stream()
                .filter(member -> member.delay().isPresent())
                .anyMatch(member -> slot.name().equals(SlotName.of(member.name())));
    }

    private static Stream<Symptom> replay(Patient p) {
        Optional<Receiver> receiver = p.replication().receiver();
        if (receiver.isEmpty()) {
            return Stream.empty();
        }
        Receiver found = receiver.get();
        Optional<Delay> delay = p.server().member().delay();
        boolean late =
                delay.isPresent()
                        ? found.behind().compareTo(BEHIND.plusSeconds(delay.get().seconds())) > 0
                        : found.behindBytes() > BEHIND_BYTES
                                || found.behind().compareTo(BEHIND) > 0;
        return found.paused()
                ? p.when(true, DANGER, "Replay is paused.", p.psql("SELECT pg_wal_replay_resume()"))
                : p.when(
                        late,
                        WARNING,
                        Amounts.bytes(found.behindBytes())
                                + " are received and not replayed, the oldest "
                                + Amounts.duration(found.behind())
                                + " old.",
                        "look for long queries and a slow disk there");
    }

    private static Stream<Symptom> unused(Patient p) {
        return p.replication().slots().stream()
                .filter(slot -> !slot.active())
                .filter(slot -> !isOfDelayed(p, slot))
                // A replica has slots of Shoestring for its time as the primary only while it is.
                .flatMap(
                        slot ->
                                p.when(
                                        true,
                                        WARNING,
                                        "Slot "
                                                + slot.name()
                                                + " is not used, and holds "
                                                + Amounts.bytes(slot.heldBytes())
                                                + " of log.",
                                        "if nobody will come back for it: "
                                                + p.psql(
                                                        "SELECT pg_drop_replication_slot('"
                                                                + slot.name()
                                                                + "')")));
    }

    private static Stream<Symptom> held(Patient p) {
        return p.replication().slots().stream()
                .filter(
                        slot ->
                                slot.heldBytes() > HELD_BYTES
                                        || slot.status().equals("unreserved")
                                        || slot.status().equals("lost"))
                .flatMap(
                        slot ->
                                p.when(
                                        true,
                                        slot.status().equals("lost") ? DANGER : WARNING,
                                        "Slot "
                                                + slot.name()
                                                + " holds "
                                                + Amounts.bytes(slot.heldBytes())
                                                + " of log ("
                                                + slot.status()
                                                + ").",
                                        "let whoever it is for catch up, or drop it: "
                                                + p.psql(
                                                        "SELECT pg_drop_replication_slot('"
                                                                + slot.name()
                                                                + "')")));
    }

    /** Only before the adoption: later it is Shoestring's setting. */
    private static Stream<Symptom> strangers(DatabaseFacts database) {
        return Patient.of(database)
                .filter(p -> !p.identity().adopted())
                .flatMap(
                        p ->
                                p.when(
                                        !p.settings().text("synchronous_standby_names").isEmpty(),
                                        WARNING,
                                        "synchronous_standby_names is '"
                                                + p.settings().text("synchronous_standby_names")
                                                + "'; Shoestring decides it when it takes over.",
                                        p.reset("synchronous_standby_names")));
    }

    private static Stream<Symptom> blocked(Patient p) {
        boolean answered =
                p.replication().senders().stream()
                        .filter(sender -> sender.state().equals("streaming"))
                        .anyMatch(sender -> mayAcknowledge(p, sender.name()));
        return p.when(
                p.database().config().protection() == Protection.MAXIMUM
                        && !p.identity().replica()
                        && !answered,
                DANGER,
                "No replica that may be promoted gets the log, so no commit is acknowledged"
                        + " (protection: maximum).",
                "'shoestring status' says what the replica lacks; to go on without one, set"
                        + " protection: availability and 'shoestring apply' the file");
    }

    private static boolean mayAcknowledge(Patient p, String sender) {
        return p.database().config().members().values().stream()
                .anyMatch(member -> member.priority() > 0 && member.name().value().equals(sender));
    }

    private static Stream<Symptom> archive(Patient p) {
        String mode = p.settings().text("archive_mode");
        boolean none =
                p.settings().text("archive_command").isEmpty()
                        && p.settings().text("archive_library").isEmpty();
        if (mode.equals("off") || mode.isEmpty()) {
            return Stream.empty();
        }
        return none && !p.identity().replica()
                ? p.when(
                        true,
                        WARNING,
                        "archive_mode is " + mode + ", and there is no archive_command.",
                        p.alter("archive_command", "/bin/true")
                                + " (or the command of your backup)")
                : p.when(
                        p.replication().archiver().failing(),
                        DANGER,
                        "Archiving "
                                + p.replication().archiver().file()
                                + " fails ("
                                + p.replication().archiver().failures()
                                + " times so far).",
                        "run archive_command by hand, as the server's account: "
                                + p.settings().text("archive_command"));
    }

    private static Stream<Symptom> logFits(Patient p) {
        long kept =
                p.settings().bytes("max_wal_size")
                        + Math.max(
                                p.settings().bytes("wal_keep_size"),
                                Math.max(0, p.settings().bytes("max_slot_wal_keep_size")));
        Optional<DiskFacts> disk = p.server().disk();
        return p.when(
                disk.filter(found -> found.freeBytes() < kept).isPresent(),
                WARNING,
                "Up to "
                        + Amounts.bytes(kept)
                        + " of log may be kept, and "
                        + disk.map(found -> Amounts.bytes(found.freeBytes())).orElse("")
                        + " are free.",
                "make room, or lower max_slot_wal_keep_size, wal_keep_size or max_wal_size");
    }

    private static Stream<Symptom> logical(Patient p) {
        return p.replication().slots().stream()
                .filter(Slot::logical)
                .filter(_ -> !p.alone())
                .flatMap(slot -> slot.follows() ? notCopied(p, slot) : leftBehind(p, slot));
    }

    private static Stream<Symptom> leftBehind(Patient p, Slot slot) {
        return p.when(
                true,
                HINT,
                "Slot " + slot.name() + " is logical, and does not follow a failover.",
                p.identity().major() < FIRST_WITH_FAILOVER_SLOTS
                        ? "plan how its subscriber begins anew"
                        : "ALTER SUBSCRIPTION ... SET (failover = true), at its subscriber");
    }

    private static Stream<Symptom> notCopied(Patient p, Slot slot) {
        return p.when(
                !p.settings().isOn("sync_replication_slots")
                        || !p.settings().isOn("hot_standby_feedback"),
                HINT,
                "Slot "
                        + slot.name()
                        + " is to follow a failover, and this server, as a replica, would not copy"
                        + " it.",
                "ALTER SYSTEM SET sync_replication_slots = on; ALTER SYSTEM SET"
                        + " hot_standby_feedback = on; SELECT pg_reload_conf(); on all members");
    }
}
