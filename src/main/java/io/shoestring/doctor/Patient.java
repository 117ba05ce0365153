package io.shoestring.doctor;

import io.shoestring.doctor.facts.AccessFacts;
import io.shoestring.doctor.facts.ContentFacts;
import io.shoestring.doctor.facts.DatabaseFacts;
import io.shoestring.doctor.facts.IdentityFacts;
import io.shoestring.doctor.facts.KernelFacts;
import io.shoestring.doctor.facts.ReplicationFacts;
import io.shoestring.doctor.facts.ServerFacts;
import io.shoestring.doctor.facts.ServerFacts.Answers;
import io.shoestring.doctor.facts.SettingFacts;
import io.shoestring.model.Endpoint;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A server that answered, and the words for what is found there. */
record Patient(DatabaseFacts database, ServerFacts server, Answers answers) {
    private static final String RELOAD = "SELECT pg_reload_conf()";

    /** All servers of a database that answered. */
    static Stream<Patient> of(DatabaseFacts database) {
        return database.answering()
                .map(server -> new Patient(database, server, server.answers().orElseThrow()));
    }

    String name() {
        return server.name();
    }

    IdentityFacts identity() {
        return answers.identity();
    }

    SettingFacts settings() {
        return answers.settings();
    }

    AccessFacts access() {
        return answers.access();
    }

    ReplicationFacts replication() {
        return answers.replication();
    }

    ContentFacts contents() {
        return answers.contents();
    }

    KernelFacts kernel() {
        return answers.kernel();
    }

    boolean synchronous() {
        return database.config().protection().isSynchronous();
    }

    boolean alone() {
        return database.servers().size() == 1;
    }

    /** Where roles are changed: the primary, if it is known. */
    Patient writable() {
        return of(database)
                .filter(patient -> !patient.identity().replica())
                .findFirst()
                .orElse(this);
    }

    /** The role by which the agent works. */
    String superuser() {
        return database.config().superuser().name();
    }

    Stream<Symptom> when(boolean sick, Severity severity, String found, String mend) {
        return sick ? Stream.of(new Symptom(severity, name(), found, mend)) : Stream.empty();
    }

    /** A command that has the server run these statements. */
    String psql(String... statements) {
        return psqlIn("postgres", statements);
    }

    /** The same in another database. */
    String psqlIn(String name, String... statements) {
        Endpoint at = identity().reached();
        return "psql -h %s -p %d -U %s -d %s %s"
                .formatted(
                        at.host(),
                        at.port(),
                        superuser(),
                        name,
                        List.of(statements).stream()
                                .map(statement -> "-c \"" + statement.replace("\"", "\\\"") + "\"")
                                .collect(Collectors.joining(" ")));
    }

    /** A command that changes a setting which a reload brings into force. */
    String alter(String setting, String value) {
        return psql("ALTER SYSTEM SET " + setting + " = '" + value + "'", RELOAD);
    }

    /** A command that takes out what {@code alter} has set. */
    String reset(String setting) {
        return psql("ALTER SYSTEM RESET " + setting, RELOAD);
    }

    /**
     * What mends a setting that Shoestring decides: before the adoption nothing has to be done,
     * after it somebody has overridden it.
     */
    String leaveToUs(String setting) {
        return identity().adopted()
                ? reset(setting)
                : "none needed: Shoestring sets it when it takes the server over";
    }

    /** The same for a setting that is read at the start only. */
    String leaveToUsAndRestart(String setting) {
        return identity().adopted()
                ? reset(setting) + "; " + restart()
                : "Shoestring sets it when it takes the server over; " + restart();
    }

    /** A command that changes a setting which is read at the start only. */
    String alterAndRestart(String setting, String value) {
        return psql("ALTER SYSTEM SET " + setting + " = '" + value + "'") + "; " + restart();
    }

    String restart() {
        return identity().adopted() && !alone()
                ? "then 'shoestring restart " + database.config().name() + "', one after the other"
                : "then restart the server (replicas first)";
    }

    /** A finding about a setting that should be on. */
    Stream<Symptom> shouldBeOn(String setting, Severity severity) {
        return when(
                !settings().isOn(setting), severity, setting + " is off.", alter(setting, "on"));
    }
}
