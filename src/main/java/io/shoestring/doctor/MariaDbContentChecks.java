package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.database.mysql.MariaDbAnswers;
import io.shoestring.database.mysql.MariaDbAnswers.Account;
import io.shoestring.database.mysql.MariaDbAnswers.Table;
import io.shoestring.database.mysql.ReplicationSource;
import io.shoestring.doctor.facts.MariaDbFacts;
import io.shoestring.model.MemberName;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What is in MariaDB's databases, and who may do what there. */
final class MariaDbContentChecks {
    private static final int NAMED = 5;

    /** Of a replica none is asked for more. */
    private static final Set<String> REPLICATES =
            Set.of("REPLICATION SLAVE", "REPLICATION CLIENT", "BINLOG MONITOR", "USAGE", "");

    static final List<Check> ALL =
            List.of(
                    Check.mariadb(
                            "engines",
                            "all tables survive a crash",
                            "Tables of other engines than InnoDB are damaged or emptied by a crash,"
                                    + " are not part of transactions, and change while a replica is"
                                    + " copied.",
                            p ->
                                    tables(
                                            p,
                                            table -> !table.keyless(),
                                            WARNING,
                                            "Not InnoDB: ",
                                            "ALTER TABLE … ENGINE = InnoDB")),
                    Check.mariadb(
                            "primary-keys",
                            "every table has a key that tells its rows apart",
                            "A replica reads the whole table for each row of it that changes.",
                            p ->
                                    tables(
                                            p,
                                            Table::keyless,
                                            WARNING,
                                            "Without a primary or unique key: ",
                                            "ALTER TABLE … ADD PRIMARY KEY (…)")),
                    Check.mariadb(
                            "events",
                            "no event runs on a replica",
                            "It writes past the primary, and what the primary's event writes comes"
                                    + " in addition.",
                            MariaDbContentChecks::events),
                    Check.mariadb(
                            "xa-transactions",
                            "no prepared transaction was forgotten",
                            "It keeps its locks through restarts, for ever.",
                            p ->
                                    p.when(
                                            !p.isReadOnly() && !p.answers().prepared().isEmpty(),
                                            WARNING,
                                            "Prepared and not ended: "
                                                    + String.join(", ", p.answers().prepared())
                                                    + ".",
                                            "ask who made it; XA COMMIT or XA ROLLBACK ends it")),
                    Check.mariadb(
                            "writes-past-read-only",
                            "nobody else may write to a replica",
                            "read_only does not hold who has READ_ONLY ADMIN: what he writes to the"
                                    + " wrong server is lost, and stops the replication.",
                            p -> accounts(p, account -> powerful(p, account), past(p))),
                    Check.mariadb(
                            "no-password",
                            "nobody gets in without proof",
                            "Whoever reaches the port is whom he says.",
                            p ->
                                    accounts(
                                            p,
                                            account -> !account.proof() && !account.locked(),
                                            account ->
                                                    new Symptom(
                                                            DANGER,
                                                            p.name(),
                                                            account.quoted()
                                                                    + " needs no password.",
                                                            p.sqlOnPrimary(
                                                                            "ALTER USER "
                                                                                    + account
                                                                                            .quoted()
                                                                                    + " ACCOUNT"
                                                                                    + " LOCK")
                                                                    + ", or give it one"))),
                    Check.mariadb(
                            "old-passwords",
                            "no password is stored as MySQL 4.0 did",
                            "It is broken in minutes.",
                            p ->
                                    accounts(
                                            p,
                                            account ->
                                                    account.method().equals("mysql_old_password"),
                                            account ->
                                                    new Symptom(
                                                            WARNING,
                                                            p.name(),
                                                            account.quoted()
                                                                    + " logs in by"
                                                                    + " mysql_old_password.",
                                                            "on the primary: ALTER USER "
                                                                    + account.quoted()
                                                                    + " IDENTIFIED BY …"))),
                    Check.mariadb(
                            "host-names",
                            "no user is known by the name of a machine only",
                            "With skip_name_resolve names are not looked up: such a user cannot log"
                                    + " in from there.",
                            p ->
                                    accounts(
                                            p,
                                            account ->
                                                    p.answers().isOn("skip_name_resolve")
                                                            && isName(account.host()),
                                            account ->
                                                    new Symptom(
                                                            WARNING,
                                                            p.name(),
                                                            account.quoted()
                                                                    + " is known by the name of a"
                                                                    + " machine.",
                                                            "on the primary: RENAME USER "
                                                                    + account.quoted()
                                                                    + " TO the same with its"
                                                                    + " address"))),
                    Check.mariadb(
                            "name-resolution",
                            "a log-in does not wait for a name server",
                            "Each client's address is looked up first: when the name server is"
                                    + " slow, so is every new connection, also the agents'.",
                            p ->
                                    p.when(
                                            !p.answers().isOn("skip_name_resolve"),
                                            HINT,
                                            "skip_name_resolve is OFF.",
                                            p.write("skip_name_resolve"))),
                    Check.mariadb(
                            "agent-host",
                            "the agents' user may log in from every member's machine",
                            "Each machine's agent and proxy ask the primary by that user.",
                            MariaDbContentChecks::agent),
                    Check.mariadb(
                            "replication-user",
                            "each replica's user may replicate, and nothing else",
                            "Its password is in a file of the replica.",
                            MariaDbContentChecks::replicationUsers),
                    Check.mariadb(
                            "replication-tls",
                            "replication between machines is encrypted",
                            "All that is written can be read on the way.",
                            p ->
                                    p.when(
                                            !p.database().onOneMachine()
                                                    && p.source().isPresent()
                                                    && !p.source()
                                                            .map(ReplicationSource::encrypted)
                                                            .orElse(true),
                                            HINT,
                                            "Its connection to the primary is not encrypted.",
                                            "keep the members' network to themselves (a tunnel, a"
                                                    + " wire of their own)")));

    private MariaDbContentChecks() {}

    /** Of the primary, or of a server of which nobody knows better. */
    private static boolean speaksForAll(MariaDbPatient p) {
        return MariaDbPatient.primary(p.database()).map(p::equals).orElse(true);
    }

    private static Stream<Symptom> tables(
            MariaDbPatient p, Predicate<Table> sick, Severity severity, String found, String mend) {
        List<Table> those =
                speaksForAll(p) ? p.answers().tables().stream().filter(sick).toList() : List.of();
        return p.when(
                !those.isEmpty(),
                severity,
                found
                        + String.join(
                                ", ",
                                those.stream()
                                        .limit(NAMED)
                                        .map(MariaDbContentChecks::named)
                                        .toList())
                        + (those.size() > NAMED
                                ? " and " + (those.size() - NAMED) + " more."
                                : "."),
                "on the primary: " + mend);
    }

    private static String named(Table table) {
        return table.keyless() ? table.name() : table.name() + " (" + table.engine() + ")";
    }

    private static Stream<Symptom> events(MariaDbPatient p) {
        List<String> enabled =
                p.answers().events().stream()
                        .filter(event -> event.status().equals("ENABLED"))
                        .map(MariaDbAnswers.Event::name)
                        .toList();
        return p.when(
                p.isReadOnly() && p.answers().isOn("event_scheduler") && !enabled.isEmpty(),
                DANGER,
                "The event scheduler is on, and these are enabled: "
                        + String.join(", ", enabled)
                        + ".",
                p.sql(
                        "SET sql_log_bin = 0",
                        "ALTER EVENT "
                                + enabled.stream().findFirst().orElse("…")
                                + " DISABLE ON SLAVE"));
    }

    /** About an account. */
    private interface Finding {
        Symptom of(Account account);
    }

    private static Stream<Symptom> accounts(
            MariaDbPatient p, Predicate<Account> sick, Finding finding) {
        return speaksForAll(p)
                ? p.answers().accounts().stream().filter(sick).map(finding::of)
                : Stream.empty();
    }

    /** The machine's own account of that name could stop the server, too. */
    private static boolean powerful(MariaDbPatient p, Account account) {
        return !account.user().equals(p.superuser())
                && !account.locked()
                && !account.socket()
                && (account.privileges().contains("READ_ONLY ADMIN")
                        || account.privileges().contains("READ ONLY ADMIN"));
    }

    private static Finding past(MariaDbPatient p) {
        return account ->
                new Symptom(
                        WARNING,
                        p.name(),
                        account.quoted() + " has READ_ONLY ADMIN.",
                        p.sqlOnPrimary("REVOKE READ ONLY ADMIN ON *.* FROM " + account.quoted()));
    }

    private static boolean isName(String host) {
        return !host.equals("localhost")
                && host.chars().anyMatch(Character::isLetter)
                && !host.contains(":");
    }

    private static Stream<Symptom> agent(MariaDbPatient p) {
        List<String> patterns =
                p.answers().accounts().stream()
                        .filter(account -> account.user().equals(p.superuser()))
                        .map(Account::host)
                        .toList();
        return speaksForAll(p)
                ? p.database().servers().stream()
                        .map(MariaDbFacts.Server::address)
                        .distinct()
                        .filter(address -> patterns.stream().noneMatch(each -> fits(each, address)))
                        .flatMap(
                                address ->
                                        p.when(
                                                true,
                                                DANGER,
                                                "There is no user "
                                                        + p.superuser()
                                                        + " for "
                                                        + address
                                                        + ".",
                                                "on the primary: CREATE USER "
                                                        + p.superuser()
                                                        + "@'"
                                                        + address
                                                        + "' IDENTIFIED BY …; GRANT ALL PRIVILEGES"
                                                        + " ON *.* TO it WITH GRANT OPTION"))
                : Stream.empty();
    }

    /** A pattern with % and _, a network with its mask, or an address. Names are not looked up. */
    private static boolean fits(String pattern, String address) {
        if (pattern.contains("/") || isName(pattern)) {
            return true;
        }
        String regex = pattern.replace(".", "\\.").replace("_", ".").replace("%", ".*");
        return address.matches(regex)
                || (pattern.equals("localhost") && address.startsWith("127."));
    }

    private static Stream<Symptom> replicationUsers(MariaDbPatient p) {
        return speaksForAll(p)
                ? p.database().config().members().keySet().stream()
                        .map(MemberName::value)
                        .map(MariaDbAnswers::replicationUser)
                        .flatMap(
                                user ->
                                        p.answers().accounts().stream()
                                                .filter(account -> account.user().equals(user)))
                        .flatMap(account -> replicationUser(p, account))
                : Stream.empty();
    }

    private static Stream<Symptom> replicationUser(MariaDbPatient p, Account account) {
        List<String> more =
                account.privileges().stream()
                        .filter(each -> !REPLICATES.contains(each))
                        .sorted()
                        .toList();
        boolean replicates = account.privileges().contains("REPLICATION SLAVE");
        return Stream.concat(
                p.when(
                        !replicates,
                        DANGER,
                        account.quoted() + " may not replicate.",
                        p.sqlOnPrimary("GRANT REPLICATION SLAVE ON *.* TO " + account.quoted())),
                p.when(
                        !more.isEmpty(),
                        WARNING,
                        account.quoted() + " may also: " + String.join(", ", more) + ".",
                        p.sqlOnPrimary(
                                "REVOKE ALL PRIVILEGES, GRANT OPTION FROM " + account.quoted(),
                                "GRANT REPLICATION SLAVE ON *.* TO " + account.quoted())));
    }
}
