package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.doctor.facts.DiskFacts;
import io.shoestring.doctor.facts.SettingFacts;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The server's settings that durability, replication and a take-over rest on. */
final class SettingChecks {
    /** How long a lease lasts: a silent connection should be noticed before it ends. */
    private static final long LEASE_MILLIS = 9000;

    /** What Shoestring writes into its own file, which {@code postgresql.auto.conf} overrides. */
    private static final Set<String> OURS =
            Set.of(
                    "port",
                    "hot_standby",
                    "wal_log_hints",
                    "max_slot_wal_keep_size",
                    "wal_retrieve_retry_interval",
                    "wal_sender_timeout",
                    "wal_receiver_timeout",
                    "primary_conninfo",
                    "primary_slot_name",
                    "recovery_min_apply_delay",
                    "synchronous_standby_names");

    static final List<Check> ALL =
            List.of(
                    Check.server(
                            "fsync",
                            "fsync is on",
                            "Without it a power cut or a crash of the machine may damage the"
                                    + " data beyond repair.",
                            p -> p.shouldBeOn("fsync", DANGER)),
                    Check.server(
                            "full-page-writes",
                            "full_page_writes is on",
                            "Without it a page that was half written in a crash stays damaged,"
                                    + " and pg_rewind cannot work.",
                            p -> p.shouldBeOn("full_page_writes", DANGER)),
                    Check.server(
                            "synchronous-commit",
                            "commits are durable before they are acknowledged",
                            "A commit that waits neither for the disk nor for the replica may be"
                                    + " lost although the client was told that it is done.",
                            SettingChecks::synchronousCommit),
                    Check.server(
                            "wal-level",
                            "wal_level is replica or logical",
                            "With minimal there is not enough in the log for a replica.",
                            p ->
                                    p.when(
                                            p.settings().text("wal_level").equals("minimal"),
                                            DANGER,
                                            "wal_level is minimal.",
                                            p.alterAndRestart("wal_level", "replica"))),
                    Check.server(
                            "wal-senders",
                            "there are enough WAL senders",
                            "Each replica takes one, and a base backup two more while it runs.",
                            SettingChecks::senders),
                    Check.server(
                            "replication-slots",
                            "there are enough replication slots",
                            "Each replica needs one, so that the primary keeps the log that it"
                                    + " has not received yet.",
                            SettingChecks::slots),
                    Check.server(
                            "hot-standby",
                            "hot_standby is on",
                            "A replica that cannot be asked cannot be watched, gets no reads and"
                                    + " is not promoted.",
                            p ->
                                    p.when(
                                            !p.settings().isOn("hot_standby"),
                                            DANGER,
                                            "hot_standby is off.",
                                            p.leaveToUsAndRestart("hot_standby"))),
                    Check.server(
                            "rewind",
                            "a failed primary can be rewound",
                            "pg_rewind needs data checksums or wal_log_hints; without either a"
                                    + " primary that comes back is copied whole.",
                            p ->
                                    p.when(
                                            !p.identity().checksums()
                                                    && !p.settings().isOn("wal_log_hints"),
                                            DANGER,
                                            "There are no data checksums, and wal_log_hints is"
                                                    + " off.",
                                            p.leaveToUsAndRestart("wal_log_hints"))),
                    Check.server(
                            "slot-limit",
                            "what a slot may keep is limited",
                            "A replica that stays away makes the primary keep log until its disk"
                                    + " is full, and then nobody can write.",
                            p ->
                                    p.when(
                                            p.settings().number("max_slot_wal_keep_size") < 0,
                                            WARNING,
                                            "max_slot_wal_keep_size is -1: no limit.",
                                            p.leaveToUs("max_slot_wal_keep_size"))),
                    Check.server(
                            "sender-timeout",
                            "a silent replica is given up in time",
                            "Commits wait for a synchronous replica until the primary gives its"
                                    + " connection up; a lease lasts 9 s.",
                            p -> silence(p, "wal_sender_timeout")),
                    Check.server(
                            "receiver-timeout",
                            "a silent primary is given up in time",
                            "A replica that holds on to a dead connection gets no log although"
                                    + " the primary, or the next one, has it.",
                            p -> silence(p, "wal_receiver_timeout")),
                    Check.server(
                            "agent-timeouts",
                            "no time-out ends the agent's work",
                            "The agent keeps a session open by which it watches the server; a"
                                    + " base backup and a checkpoint take their time.",
                            SettingChecks::agentTimeouts),
                    Check.server(
                            "idle-in-transaction",
                            "forgotten transactions are ended",
                            "An idle open transaction holds its locks, keeps vacuum from"
                                    + " cleaning up, and delays a switchover.",
                            p ->
                                    p.when(
                                            p.settings()
                                                            .number(
                                                                    "idle_in_transaction_session_timeout")
                                                    == 0,
                                            HINT,
                                            "idle_in_transaction_session_timeout is 0: none.",
                                            p.alter(
                                                    "idle_in_transaction_session_timeout",
                                                    "10min"))),
                    Check.server(
                            "autovacuum",
                            "autovacuum is on",
                            "Without it tables grow, and one day transaction ids run out: then"
                                    + " nobody can write.",
                            p -> p.shouldBeOn("autovacuum", WARNING)),
                    Check.server(
                            "read-only",
                            "transactions may write",
                            "Whoever is promoted with this setting refuses every write.",
                            p ->
                                    p.when(
                                            p.settings().isOn("default_transaction_read_only"),
                                            DANGER,
                                            "default_transaction_read_only is on.",
                                            p.alter("default_transaction_read_only", "off"))),
                    Check.server(
                            "replay-conflicts",
                            "a reader cannot stop the replay for ever",
                            "What is received and not replayed has to be replayed before a"
                                    + " replica takes over: everybody waits for that.",
                            SettingChecks::conflicts),
                    Check.server(
                            "apply-delay",
                            "replicas replay at once",
                            "A replica that is behind must replay all it has before it can take"
                                    + " over. If it is meant, say `delay` at the member in the"
                                    + " configuration: then it never is to.",
                            SettingChecks::delay),
                    Check.server(
                            "delayed-feedback",
                            "a delayed member does not hold back the primary's vacuum",
                            "With hot_standby_feedback the primary keeps, in all its tables, the"
                                    + " dead rows of the member's past: as many as the delay is"
                                    + " long.",
                            p ->
                                    p.when(
                                            p.server().member().delay().isPresent()
                                                    && p.settings().isOn("hot_standby_feedback"),
                                            WARNING,
                                            "hot_standby_feedback is on, and the member is delayed"
                                                    + " on purpose.",
                                            p.alter("hot_standby_feedback", "off"))),
                    Check.server(
                            "automatic-file",
                            "ALTER SYSTEM does not override Shoestring",
                            "postgresql.auto.conf is read last: what stands there is in force"
                                    + " instead of what Shoestring decides, and a change of role"
                                    + " fails.",
                            p ->
                                    p.settings().automatic().stream()
                                            .filter(OURS::contains)
                                            .sorted()
                                            .flatMap(
                                                    name ->
                                                            p.when(
                                                                    true,
                                                                    DANGER,
                                                                    "postgresql.auto.conf sets "
                                                                            + name
                                                                            + ".",
                                                                    p.reset(name)))),
                    Check.server(
                            "pending-restart",
                            "all settings are in force",
                            "What waits for a restart comes into force at the next failover: not"
                                    + " the moment for surprises.",
                            SettingChecks::pending),
                    Check.server(
                            "settings-files",
                            "the server can read its settings",
                            "A server with an error in its files does not start again.",
                            p ->
                                    p.settings().complaints().stream()
                                            .flatMap(
                                                    text ->
                                                            p.when(
                                                                    true,
                                                                    DANGER,
                                                                    "The server complains of "
                                                                            + text
                                                                            + ".",
                                                                    "correct that line, then "
                                                                            + p.psql(
                                                                                    "SELECT"
                                                                                        + " pg_reload_conf()")))),
                    Check.server(
                            "settings-place",
                            "the settings are where Shoestring looks for them",
                            "Shoestring adds a line at the end of the main file, by which its own"
                                    + " settings count.",
                            p ->
                                    p.server().disk().stream()
                                            .map(DiskFacts::settings)
                                            .filter(file -> !file.equals(configFile(p)))
                                            .flatMap(
                                                    file ->
                                                            p.when(
                                                                    true,
                                                                    DANGER,
                                                                    "The settings are in "
                                                                            + configFile(p)
                                                                            + ", not in "
                                                                            + file
                                                                            + ".",
                                                                    "say so at the member:"
                                                                            + " config-file: "
                                                                            + configFile(p)))),
                    Check.server(
                            "boot-start",
                            "nobody but Shoestring starts the server",
                            "A primary that died would be started as a primary again when its"
                                    + " machine is back, while another one is there.",
                            p ->
                                    p.when(
                                            p.server()
                                                    .disk()
                                                    .filter(DiskFacts::startedAtBoot)
                                                    .isPresent(),
                                            p.identity().adopted() ? DANGER : HINT,
                                            "Debian starts it when the machine starts.",
                                            p.identity().adopted()
                                                    ? "write manual instead of auto into start.conf"
                                                            + " beside "
                                                            + configFile(p)
                                                    : "nothing: Shoestring writes manual into"
                                                            + " start.conf when it adopts the"
                                                            + " server")));

    private static Path configFile(Patient p) {
        return p.identity().configFile().normalize();
    }

    private SettingChecks() {}

    private static Stream<Symptom> synchronousCommit(Patient p) {
        String value = p.settings().text("synchronous_commit");
        boolean off = value.equals("off");
        boolean local = p.synchronous() && (value.equals("local") || value.equals("remote_write"));
        Stream<Symptom> special =
                p.settings().special().stream()
                        .filter(set -> !p.identity().replica())
                        .filter(set -> set.name().equals("synchronous_commit"))
                        .filter(set -> set.value().equals("off") || set.value().equals("local"))
                        .flatMap(
                                set ->
                                        p.when(
                                                true,
                                                WARNING,
                                                "synchronous_commit is "
                                                        + set.value()
                                                        + " for "
                                                        + set.whose()
                                                        + ".",
                                                p.psql(
                                                        "ALTER "
                                                                + set.whose()
                                                                        .replace("role", "ROLE")
                                                                        .replace(
                                                                                "database",
                                                                                "DATABASE")
                                                                + " RESET synchronous_commit")));
        return Stream.concat(
                p.when(
                        off || local,
                        off ? DANGER : WARNING,
                        "synchronous_commit is " + value + ".",
                        p.alter("synchronous_commit", "on")),
                special);
    }

    private static Stream<Symptom> senders(Patient p) {
        long needed = p.database().servers().size() + 1L;
        long has = p.settings().number("max_wal_senders");
        return p.when(
                !p.alone() && has < needed,
                DANGER,
                "max_wal_senders is " + has + ", at least " + needed + " are needed.",
                p.alterAndRestart("max_wal_senders", "10"));
    }

    private static Stream<Symptom> slots(Patient p) {
        long others =
                p.replication().slots().stream()
                        .filter(slot -> !slot.name().startsWith("shoestring_"))
                        .count();
        long needed = p.database().servers().size() - 1 + others;
        long has = p.settings().number("max_replication_slots");
        return p.when(
                has < needed,
                DANGER,
                "max_replication_slots is " + has + ", at least " + needed + " are needed.",
                p.alterAndRestart("max_replication_slots", "10"));
    }

    private static Stream<Symptom> silence(Patient p, String setting) {
        long millis = p.settings().millis(setting);
        return p.when(
                millis == 0 || millis > LEASE_MILLIS,
                WARNING,
                setting + " is " + (millis == 0 ? "0: none" : Amounts.millis(millis)) + ".",
                p.leaveToUs(setting));
    }

    private static Stream<Symptom> agentTimeouts(Patient p) {
        SettingFacts settings = p.settings();
        return Stream.of("idle_session_timeout", "transaction_timeout", "statement_timeout")
                .filter(name -> settings.number(name) > 0)
                .flatMap(
                        name ->
                                p.when(
                                        true,
                                        WARNING,
                                        name
                                                + " is "
                                                + Amounts.millis(settings.millis(name))
                                                + " for everybody, also for "
                                                + p.superuser()
                                                + ".",
                                        p.writable()
                                                .psql(
                                                        "ALTER ROLE \""
                                                                + p.superuser()
                                                                + "\" SET "
                                                                + name
                                                                + " = 0")));
    }

    private static Stream<Symptom> conflicts(Patient p) {
        return p.when(
                p.settings().number("max_standby_streaming_delay") < 0,
                WARNING,
                "max_standby_streaming_delay is -1: a query on a replica may stop its replay for"
                        + " as long as it runs.",
                p.alter("max_standby_streaming_delay", "30s"));
    }

    private static Stream<Symptom> delay(Patient p) {
        return p.when(
                p.server().member().delay().isEmpty()
                        && p.settings().number("recovery_min_apply_delay") > 0,
                WARNING,
                "recovery_min_apply_delay is "
                        + Amounts.millis(p.settings().millis("recovery_min_apply_delay"))
                        + ".",
                p.leaveToUs("recovery_min_apply_delay"));
    }

    private static Stream<Symptom> pending(Patient p) {
        List<String> waiting =
                p.settings().all().entrySet().stream()
                        .filter(entry -> entry.getValue().pendingRestart())
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList();
        return p.when(
                !waiting.isEmpty(),
                WARNING,
                "Waiting for a restart: " + String.join(", ", waiting) + ".",
                "look whether they are meant, " + p.restart());
    }
}
