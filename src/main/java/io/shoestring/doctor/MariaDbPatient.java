package io.shoestring.doctor;

import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.mysql.MariaDbAnswers;
import io.shoestring.database.mysql.ReplicationSource;
import io.shoestring.doctor.facts.MariaDbFacts;
import io.shoestring.model.Endpoint;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A MariaDB server that answered, and the words for what is found there. */
record MariaDbPatient(MariaDbFacts database, MariaDbFacts.Server server, MariaDbAnswers answers) {
    /** All servers of a database that answered. */
    static Stream<MariaDbPatient> of(MariaDbFacts database) {
        return database.answering()
                .map(
                        server ->
                                new MariaDbPatient(
                                        database, server, server.answers().orElseThrow()));
    }

    /** The only one that takes writes; empty if there is none, or if there are several. */
    static Optional<MariaDbPatient> primary(MariaDbFacts database) {
        List<MariaDbPatient> writers = of(database).filter(p -> !p.isReadOnly()).toList();
        return writers.size() == 1 ? Optional.of(writers.getFirst()) : Optional.empty();
    }

    String name() {
        return server.name();
    }

    boolean isReadOnly() {
        return answers.isOn("read_only");
    }

    /** Whether it and its successor are to follow each other. */
    boolean isMutual() {
        return database.config().topology() == DatabaseConfig.Topology.MUTUAL
                && server.member().priority() > 0;
    }

    /** Whether that is by what a primary follows its successor, and is to. */
    boolean isWayBack(ReplicationSource source) {
        return isMutual() && !isReadOnly() && source.isWayBack();
    }

    /** Whom it follows. */
    Optional<ReplicationSource> source() {
        return answers.source();
    }

    boolean synchronous() {
        return database.config().protection().isSynchronous() && !alone();
    }

    boolean alone() {
        return database.servers().size() == 1;
    }

    /** The user by which the agent works. */
    String superuser() {
        return database.config().superuser().name();
    }

    Stream<Symptom> when(boolean sick, Severity severity, String found, String mend) {
        return sick ? Stream.of(new Symptom(severity, name(), found, mend)) : Stream.empty();
    }

    /** A command that has the server run these statements. */
    String sql(String... statements) {
        Endpoint at = answers.reached();
        return "mariadb -h %s -P %d -u %s -p %s"
                .formatted(
                        at.host(),
                        at.port(),
                        superuser(),
                        List.of(statements).stream()
                                .map(each -> each.replace("\"", "\\\"").replace("`", "\\`"))
                                .collect(Collectors.joining("; ", "-e \"", "\"")));
    }

    /** The same on the primary, if it is known: only there what is written is replicated. */
    String sqlOnPrimary(String... statements) {
        return primary(database).orElse(this).sql(statements);
    }

    /** A command that changes a setting, which somebody has to keep. */
    String set(String variable, String value) {
        return setOnly(variable, value) + "; and the same in " + settingsFile();
    }

    /** The same for one that Shoestring gives with each start. */
    String setOnly(String variable, String value) {
        return sql("SET GLOBAL " + variable + " = " + value);
    }

    /** What to do about a setting that is read at the start only. */
    String write(String line) {
        return "write '" + line + "' into " + settingsFile() + "; " + restart();
    }

    private String settingsFile() {
        return server.member()
                .configFile()
                .map(file -> "[mariadbd] of " + file)
                .orElse("[mariadbd] of its settings file");
    }

    String restart() {
        return "then 'shoestring restart "
                + database.config().name()
                + "', one after the other (a database of one member: restart it)";
    }
}
