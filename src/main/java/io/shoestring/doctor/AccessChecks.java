package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.doctor.facts.AccessFacts.Role;
import io.shoestring.doctor.facts.HbaRule;
import io.shoestring.doctor.facts.HbaRule.Verdict;
import io.shoestring.doctor.facts.ServerFacts;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Who may connect, and what roles may do. */
final class AccessChecks {
    private static final Duration SOON = Duration.ofDays(30);

    static final List<Check> ALL =
            List.of(
                    Check.server(
                            "listen-addresses",
                            "the server listens at its node's address",
                            "The other members and the other nodes' proxies reach it only there.",
                            p ->
                                    p.when(
                                            p.identity().addressProblem().isPresent()
                                                    && !p.database().onOneMachine(),
                                            DANGER,
                                            "It is not reached by "
                                                    + p.server().address()
                                                    + ": "
                                                    + p.identity().addressProblem().orElse(""),
                                            p.alterAndRestart(
                                                    "listen_addresses",
                                                    "localhost," + p.server().address()))),
                    Check.server(
                            "hba-superuser",
                            "the agents' role may log in from every member's machine",
                            "Each machine's agent and proxy ask the primary by that role.",
                            p -> mayConnect(p, "postgres")),
                    Check.server(
                            "hba-replication",
                            "the agents' role may replicate from every member's machine",
                            "Whoever becomes a replica gets the log by that role; after a"
                                    + " switchover each member is a replica of each other.",
                            p -> mayConnect(p, "replication")),
                    Check.server(
                            "hba-errors",
                            "the server understands pg_hba.conf",
                            "With an error in it changes are not taken up, and the server does"
                                    + " not start again.",
                            p ->
                                    p.access().rules().stream()
                                            .filter(rule -> !rule.error().isEmpty())
                                            .flatMap(
                                                    rule ->
                                                            p.when(
                                                                    true,
                                                                    DANGER,
                                                                    "pg_hba.conf, line "
                                                                            + rule.line()
                                                                            + ": "
                                                                            + rule.error()
                                                                            + ".",
                                                                    "correct that line of "
                                                                            + hbaFile(p)
                                                                            + ", then "
                                                                            + reload(p)))),
                    Check.server(
                            "hba-trust",
                            "nobody gets in from elsewhere without proof",
                            "Whoever reaches the port is whom he says, also the superuser; with"
                                    + " 'password' the password goes over the network as it is.",
                            AccessChecks::careless),
                    Check.server(
                            "superuser-expiry",
                            "the agents' password does not expire",
                            "On that day no agent can log in, and nothing is watched or mended.",
                            AccessChecks::expiry),
                    Check.server(
                            "powerful-roles",
                            "nobody else may do everything",
                            "Who is superuser, or may run programs or write files on the server,"
                                    + " can undo whatever Shoestring guards.",
                            AccessChecks::powerful),
                    Check.server(
                            "password-encryption",
                            "new passwords are stored as SCRAM",
                            "What md5 leaves in the database is enough to log in with.",
                            p ->
                                    p.when(
                                            !p.settings()
                                                    .text("password_encryption")
                                                    .equals("scram-sha-256"),
                                            WARNING,
                                            "password_encryption is "
                                                    + p.settings().text("password_encryption")
                                                    + ".",
                                            p.alter("password_encryption", "scram-sha-256"))),
                    Check.server(
                            "md5-passwords",
                            "no password is stored as md5",
                            "PostgreSQL gives md5 up; and what is stored is enough to log in"
                                    + " with.",
                            AccessChecks::oldPasswords),
                    Check.server(
                            "encryption",
                            "connections between machines are encrypted",
                            "Data, and what clients send, can be read on the way.",
                            p ->
                                    p.when(
                                            !p.database().onOneMachine()
                                                    && !p.settings().isOn("ssl"),
                                            HINT,
                                            "ssl is off.",
                                            "make a certificate for the server"
                                                    + " (ssl_cert_file, ssl_key_file), then "
                                                    + p.alter("ssl", "on"))));

    private AccessChecks() {}

    private static Stream<Symptom> mayConnect(Patient p, String database) {
        return p.database().servers().stream()
                .map(ServerFacts::address)
                .distinct()
                .flatMap(address -> mayConnect(p, database, address));
    }

    private static Stream<Symptom> mayConnect(Patient p, String database, String address) {
        Verdict verdict =
                HbaRule.judge(
                        p.access().rules(),
                        database,
                        p.superuser(),
                        address,
                        p.settings().isOn("ssl"));
        String who = p.superuser() + " from " + address + " to " + database;
        String mend =
                "put 'host %s %s %s/%d scram-sha-256' before it into %s, then %s"
                        .formatted(
                                database,
                                p.superuser(),
                                address,
                                address.contains(":") ? 128 : 32,
                                hbaFile(p),
                                reload(p));
        return switch (verdict) {
            case Verdict.Rejected rejected ->
                    p.when(
                            true,
                            DANGER,
                            "pg_hba.conf, line "
                                    + rejected.rule().line()
                                    + ", rejects "
                                    + who
                                    + ".",
                            mend);
            case Verdict.Unmentioned unmentioned ->
                    p.when(
                            true,
                            DANGER,
                            "pg_hba.conf has no line for " + who + ".",
                            mend.replace(" before it", ""));
            case Verdict.Allowed allowed -> Stream.empty();
            case Verdict.Unclear unclear -> Stream.empty();
        };
    }

    private static Stream<Symptom> careless(Patient p) {
        return p.access().rules().stream()
                .filter(HbaRule::fromElsewhere)
                .filter(
                        rule ->
                                rule.method().equals("trust")
                                        || (rule.method().equals("password")
                                                && !rule.type().equals("hostssl")))
                .flatMap(
                        rule ->
                                p.when(
                                        true,
                                        rule.method().equals("trust") ? DANGER : WARNING,
                                        "pg_hba.conf, line %d: %s from %s for %s."
                                                .formatted(
                                                        rule.line(),
                                                        rule.method(),
                                                        rule.address(),
                                                        String.join(", ", rule.users())),
                                        "write scram-sha-256 there, then " + reload(p)));
    }

    private static Optional<Role> role(Patient p) {
        return p.access().role(p.superuser());
    }

    private static Stream<Symptom> expiry(Patient p) {
        Optional<Duration> valid = role(p).flatMap(Role::validFor);
        return p.when(
                !p.identity().replica()
                        && valid.filter(left -> left.compareTo(SOON) < 0).isPresent(),
                DANGER,
                "The password of "
                        + p.superuser()
                        + " expires in "
                        + valid.map(Amounts::duration).orElse("")
                        + ".",
                p.psql("ALTER ROLE \"" + p.superuser() + "\" VALID UNTIL 'infinity'"));
    }

    private static Stream<Symptom> powerful(Patient p) {
        if (p.identity().replica()) {
            return Stream.empty();
        }
        return p.access().roles().stream()
                .filter(role -> !role.name().equals(p.superuser()))
                .filter(role -> role.superuser() || !role.powers().isEmpty())
                .flatMap(
                        role ->
                                p.when(
                                        true,
                                        WARNING,
                                        "Role "
                                                + role.name()
                                                + (role.superuser()
                                                        ? " is a superuser."
                                                        : " is a member of "
                                                                + String.join(", ", role.powers())
                                                                + "."),
                                        p.psql(
                                                role.superuser()
                                                        ? "ALTER ROLE \""
                                                                + role.name()
                                                                + "\" NOSUPERUSER"
                                                        : "REVOKE "
                                                                + String.join(", ", role.powers())
                                                                + " FROM \""
                                                                + role.name()
                                                                + "\"")));
    }

    private static Stream<Symptom> oldPasswords(Patient p) {
        List<Role> old =
                p.access().roles().stream().filter(role -> role.password().equals("md5")).toList();
        return p.when(
                !old.isEmpty() && !p.identity().replica(),
                WARNING,
                "Stored as md5: the password of "
                        + old.stream().map(Role::name).collect(Collectors.joining(", "))
                        + ".",
                "set it again, with password_encryption = scram-sha-256: \\password ROLE in psql");
    }

    private static String hbaFile(Patient p) {
        String file = p.settings().text("hba_file");
        return file.isEmpty() ? "pg_hba.conf" : file;
    }

    private static String reload(Patient p) {
        return p.psql("SELECT pg_reload_conf()");
    }
}
