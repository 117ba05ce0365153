package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.model.Delay;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The settings of MariaDB servers, each for itself. */
final class MariaDbSettingChecks {
    private static final long HOUR_SECONDS = 3_600;
    private static final long DAY_SECONDS = 86_400;
    private static final long ERRORS_MIN = 10_000;
    private static final long PATIENCE_SECONDS_MAX = 10;
    private static final long IDLE_SECONDS_MIN = 60;

    static final List<Check> ALL =
            List.of(
                    atStart(
                            "binary-log",
                            "the binary log is written",
                            "Without it nobody can follow this server.",
                            "log_bin",
                            "ON",
                            "log_bin"),
                    atStart(
                            "log-slave-updates",
                            "replicas log what they apply",
                            "Who takes over must have in its log what the others still lack.",
                            "log_slave_updates",
                            "ON",
                            "log_slave_updates"),
                    setting(
                            "binlog-format",
                            "changes are logged as rows",
                            "A statement may do something else on a replica than on the primary.",
                            WARNING,
                            "binlog_format",
                            value -> !value.equals("STATEMENT"),
                            "'ROW'"),
                    setting(
                            "binlog-checksum",
                            "the binary log has checksums",
                            "What a disk or a network card has changed would be applied.",
                            WARNING,
                            "binlog_checksum",
                            value -> !value.equals("NONE"),
                            "'CRC32'"),
                    Check.mariadb(
                            "log-kept",
                            "the binary log is kept for long enough, and not for ever",
                            "A replica that was away for longer is copied anew; a log that is"
                                    + " never removed fills the disk.",
                            MariaDbSettingChecks::kept),
                    ours(
                            "gtid-strict-mode",
                            "a log whose order is wrong is refused",
                            "What was written past the primary would be replicated, until nobody"
                                    + " knows who has what.",
                            "gtid_strict_mode",
                            "ON"::equals,
                            "ON"),
                    ours(
                            "sync-binlog",
                            "the binary log is durable with each commit",
                            "After a power cut the primary's replicas have transactions that it has"
                                    + " lost.",
                            "sync_binlog",
                            "1"::equals,
                            "1"),
                    ours(
                            "flush-log",
                            "InnoDB's log is durable with each commit",
                            "A power cut loses commits that clients were told of.",
                            "innodb_flush_log_at_trx_commit",
                            value -> value.equals("1") || value.equals("3"),
                            "1"),
                    atStart(
                            "doublewrite",
                            "pages that a crash has torn are mended",
                            "Without innodb_doublewrite a power cut may damage pages beyond"
                                    + " repair.",
                            "innodb_doublewrite",
                            "ON",
                            "innodb_doublewrite = ON"),
                    atStart(
                            "force-recovery",
                            "InnoDB runs in full",
                            "innodb_force_recovery is for saving data from a broken server; what"
                                    + " it leaves out is missing.",
                            "innodb_force_recovery",
                            "0",
                            "innodb_force_recovery = 0"),
                    setting(
                            "fast-shutdown",
                            "a stop is clean",
                            "With 2 or 3 the server ends as if it had crashed.",
                            WARNING,
                            "innodb_fast_shutdown",
                            value -> value.equals("0") || value.equals("1"),
                            "1"),
                    Check.mariadb(
                            "semi-sync-timeout",
                            "a commit waits for its replica as long as it takes",
                            "After the time-out commits are acknowledged that only the primary"
                                    + " has.",
                            p ->
                                    p.when(
                                            p.synchronous()
                                                    && p.answers()
                                                                    .number(
                                                                            "rpl_semi_sync_master_timeout")
                                                            < DAY_SECONDS * 1000,
                                            DANGER,
                                            "rpl_semi_sync_master_timeout is "
                                                    + Amounts.millis(
                                                            p.answers()
                                                                    .number(
                                                                            "rpl_semi_sync_master_timeout"))
                                                    + ".",
                                            p.setOnly(
                                                    "rpl_semi_sync_master_timeout",
                                                    "4294967295000"))),
                    Check.mariadb(
                            "semi-sync-point",
                            "nobody sees a commit before its replica has it",
                            "With AFTER_COMMIT others have read what is lost with the primary.",
                            p ->
                                    p.when(
                                            p.synchronous()
                                                    && !p.answers()
                                                            .variable(
                                                                    "rpl_semi_sync_master_wait_point")
                                                            .equals("AFTER_SYNC"),
                                            DANGER,
                                            "rpl_semi_sync_master_wait_point is "
                                                    + p.answers()
                                                            .variable(
                                                                    "rpl_semi_sync_master_wait_point")
                                                    + ".",
                                            p.setOnly(
                                                    "rpl_semi_sync_master_wait_point",
                                                    "'AFTER_SYNC'"))),
                    Check.mariadb(
                            "slave-net-timeout",
                            "a replica notices soon that its primary is silent",
                            "By itself MariaDB waits for a minute, in which nothing arrives and"
                                    + " nothing is told.",
                            MariaDbSettingChecks::patience),
                    setting(
                            "slave-exec-mode",
                            "a change that cannot be applied stops the replica",
                            "IDEMPOTENT passes over rows that are missing or there twice: the"
                                    + " servers drift apart unseen.",
                            DANGER,
                            "slave_exec_mode",
                            "STRICT"::equals,
                            "'STRICT'"),
                    Check.mariadb(
                            "skip-errors",
                            "no error is passed over",
                            "The servers drift apart unseen, and one day the wrong one takes"
                                    + " over.",
                            p ->
                                    p.when(
                                            !List.of("", "OFF")
                                                    .contains(
                                                            p.answers()
                                                                    .variable("slave_skip_errors")),
                                            DANGER,
                                            "slave_skip_errors is "
                                                    + p.answers().variable("slave_skip_errors")
                                                    + ".",
                                            "take slave_skip_errors out of its settings file; "
                                                    + p.restart())),
                    setting(
                            "foreign-keys",
                            "foreign keys are checked",
                            "Rows without their parents come in unnoticed.",
                            WARNING,
                            "foreign_key_checks",
                            "ON"::equals,
                            "ON"),
                    setting(
                            "unique-keys",
                            "unique keys are checked",
                            "Duplicates come in unnoticed, and stop a replica later.",
                            WARNING,
                            "unique_checks",
                            "ON"::equals,
                            "ON"),
                    setting(
                            "autocommit",
                            "a statement by itself is a transaction",
                            "Clients that do not say so leave everything uncommitted and locked;"
                                    + " Shoestring's own, too.",
                            DANGER,
                            "autocommit",
                            "ON"::equals,
                            "ON"),
                    Check.mariadb(
                            "strict-mode",
                            "what does not fit is refused",
                            "Without a strict sql_mode texts are cut off and wrong dates become"
                                    + " zero, silently.",
                            p ->
                                    p.when(
                                            !p.answers().variable("sql_mode").contains("STRICT_"),
                                            WARNING,
                                            "sql_mode is '"
                                                    + p.answers().variable("sql_mode")
                                                    + "'.",
                                            p.set(
                                                    "sql_mode",
                                                    "concat('STRICT_TRANS_TABLES,',"
                                                            + " @@global.sql_mode)"))),
                    Check.mariadb(
                            "wait-timeout",
                            "idle connections are not ended at once",
                            "Pools, and Shoestring, keep connections; one that the server has"
                                    + " ended fails when it is needed.",
                            p ->
                                    p.when(
                                            p.answers().number("wait_timeout") < IDLE_SECONDS_MIN,
                                            WARNING,
                                            "wait_timeout is "
                                                    + p.answers().number("wait_timeout")
                                                    + " s.",
                                            p.set("wait_timeout", "28800"))),
                    setting(
                            "init-connect",
                            "nothing runs at each log-in",
                            "What init_connect says runs for each client, but not for the agents:"
                                    + " an error in it keeps everybody else out.",
                            HINT,
                            "init_connect",
                            String::isEmpty,
                            "''"),
                    Check.mariadb(
                            "connect-errors",
                            "no machine is locked out for its failed connections",
                            "After max_connect_errors checks that only open the port, a proxy's"
                                    + " machine is blocked until FLUSH HOSTS.",
                            p ->
                                    p.when(
                                            !p.answers().isOn("skip_name_resolve")
                                                    && p.answers().number("max_connect_errors")
                                                            < ERRORS_MIN,
                                            HINT,
                                            "max_connect_errors is "
                                                    + p.answers().number("max_connect_errors")
                                                    + ", and names are resolved.",
                                            p.set("max_connect_errors", "1000000000"))),
                    Check.mariadb(
                            "connections",
                            "there is room for more connections",
                            "Who comes when there is none left is refused: error 1040.",
                            MariaDbSettingChecks::room),
                    setting(
                            "general-log",
                            "not every statement is written to a file",
                            "It fills the disk, and has passwords and data in it.",
                            HINT,
                            "general_log",
                            "OFF"::equals,
                            "OFF"),
                    Check.mariadb(
                            "read-only-at-start",
                            "a server that comes up by accident takes no writes",
                            "Somebody, or systemd, starts an old primary: what is written there is"
                                    + " lost.",
                            MariaDbSettingChecks::atBoot));

    private MariaDbSettingChecks() {}

    private static Check setting(
            String id,
            String title,
            String why,
            Severity severity,
            String variable,
            Predicate<String> sound,
            String value) {
        return Check.mariadb(
                id, title, why, p -> wrong(p, severity, variable, sound, p.set(variable, value)));
    }

    /** One that Shoestring gives with each start. */
    private static Check ours(
            String id,
            String title,
            String why,
            String variable,
            Predicate<String> sound,
            String value) {
        return Check.mariadb(
                id, title, why, p -> wrong(p, DANGER, variable, sound, p.setOnly(variable, value)));
    }

    /** One that is read at the start only. */
    private static Check atStart(
            String id, String title, String why, String variable, String value, String line) {
        return Check.mariadb(
                id, title, why, p -> wrong(p, DANGER, variable, value::equals, p.write(line)));
    }

    private static Stream<Symptom> wrong(
            MariaDbPatient p,
            Severity severity,
            String variable,
            Predicate<String> sound,
            String mend) {
        String value = p.answers().variable(variable);
        return p.when(!sound.test(value), severity, variable + " is " + value + ".", mend);
    }

    private static Stream<Symptom> kept(MariaDbPatient p) {
        long days = p.answers().number("expire_logs_days");
        long seconds =
                Math.max(p.answers().number("binlog_expire_logs_seconds"), days * DAY_SECONDS);
        String week = p.set("binlog_expire_logs_seconds", String.valueOf(7 * DAY_SECONDS));
        return Stream.concat(
                p.when(
                        seconds == 0 && p.answers().isOn("log_bin"),
                        HINT,
                        "binlog_expire_logs_seconds is 0: it is kept for ever.",
                        week),
                p.when(
                        seconds > 0 && seconds < HOUR_SECONDS + longestDelay(p),
                        WARNING,
                        "binlog_expire_logs_seconds is "
                                + seconds
                                + (longestDelay(p) > 0
                                        ? ", and a delayed member fetches what it holds back"
                                                + " again from each new primary."
                                        : "."),
                        week));
    }

    private static long longestDelay(MariaDbPatient p) {
        return p.database().config().members().values().stream()
                .flatMap(member -> member.delay().stream())
                .mapToLong(Delay::seconds)
                .max()
                .orElse(0);
    }

    private static Stream<Symptom> patience(MariaDbPatient p) {
        long seconds = p.answers().number("slave_net_timeout");
        return p.when(
                p.source().isPresent() && seconds > PATIENCE_SECONDS_MAX,
                WARNING,
                "slave_net_timeout is " + seconds + " s.",
                p.setOnly("slave_net_timeout", "4")
                        + ", then STOP SLAVE IO_THREAD and START SLAVE IO_THREAD while its primary"
                        + " runs");
    }

    private static Stream<Symptom> room(MariaDbPatient p) {
        long used = p.answers().counter("threads_connected");
        long most = p.answers().number("max_connections");
        return p.when(
                used * 10 >= most * 8,
                WARNING,
                used + " of " + most + " connections are in use.",
                p.set("max_connections", String.valueOf(Math.max(2 * most, 151)))
                        + "; or let clients share them: pool in the listener");
    }

    /** Shoestring starts it read-only by itself; others who start it do not. */
    private static Stream<Symptom> atBoot(MariaDbPatient p) {
        boolean written =
                p.server()
                        .disk()
                        .flatMap(disk -> disk.options())
                        .map(
                                options ->
                                        options.stream()
                                                .map(each -> each.replace('-', '_'))
                                                .anyMatch(
                                                        each ->
                                                                each.matches(
                                                                        "(?i)__read_only(=(1|ON|TRUE))?")))
                        .orElse(true);
        return p.when(
                !written,
                HINT,
                "Its settings file does not say read_only.",
                "write 'read_only = 1' into [mariadbd] of "
                        + p.server()
                                .member()
                                .configFile()
                                .map(Object::toString)
                                .orElse("its settings file")
                        + "; it counts from its next start on");
    }
}
