package io.shoestring.doctor;

import static java.util.Objects.requireNonNull;

import io.shoestring.doctor.facts.DatabaseFacts;
import io.shoestring.doctor.facts.Facts;
import io.shoestring.doctor.facts.MariaDbFacts;
import io.shoestring.doctor.facts.NodeFacts;

import java.util.stream.Stream;

/**
 * One thing that is looked at.
 *
 * @param id for programs; never changes
 * @param title what is so when all is well
 * @param why it matters
 */
record Check(String id, String title, String why, Examination examination) {
    Check {
        requireNonNull(id, "id is null");
        requireNonNull(title, "title is null");
        requireNonNull(why, "why is null");
        requireNonNull(examination, "examination is null");
    }

    /** Pure: the same facts, the same symptoms. */
    @FunctionalInterface
    interface Examination {
        Stream<Symptom> of(Facts facts);
    }

    /** Of each server that answered. */
    @FunctionalInterface
    interface OfServer {
        Stream<Symptom> of(Patient server);
    }

    /** Of each database as a whole. */
    @FunctionalInterface
    interface OfDatabase {
        Stream<Symptom> of(DatabaseFacts database);
    }

    /** Of each MariaDB server that answered. */
    @FunctionalInterface
    interface OfMariaDb {
        Stream<Symptom> of(MariaDbPatient server);
    }

    /** Of each MariaDB database as a whole. */
    @FunctionalInterface
    interface OfMariaDbs {
        Stream<Symptom> of(MariaDbFacts database);
    }

    /** Of this machine. */
    @FunctionalInterface
    interface OfNode {
        Stream<Symptom> of(NodeFacts node);
    }

    static Check server(String id, String title, String why, OfServer examination) {
        return new Check(
                id,
                title,
                why,
                facts -> facts.databases().stream().flatMap(Patient::of).flatMap(examination::of));
    }

    static Check database(String id, String title, String why, OfDatabase examination) {
        return new Check(
                id, title, why, facts -> facts.databases().stream().flatMap(examination::of));
    }

    static Check mariadb(String id, String title, String why, OfMariaDb examination) {
        return mariadbs(
                id, title, why, database -> MariaDbPatient.of(database).flatMap(examination::of));
    }

    static Check mariadbs(String id, String title, String why, OfMariaDbs examination) {
        return new Check(
                id, title, why, facts -> facts.mariadb().stream().flatMap(examination::of));
    }

    static Check node(String id, String title, String why, OfNode examination) {
        return new Check(id, title, why, facts -> examination.of(facts.node()));
    }
}
