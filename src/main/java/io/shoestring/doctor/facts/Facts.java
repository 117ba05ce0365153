package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * All that the checks judge by, gathered at one time.
 *
 * @param databases of PostgreSQL
 * @param mariadb those of MariaDB
 * @param gaps what could not be looked at, and why
 */
public record Facts(
        List<DatabaseFacts> databases, List<MariaDbFacts> mariadb, NodeFacts node, List<Gap> gaps) {
    public Facts {
        databases = List.copyOf(databases);
        mariadb = List.copyOf(mariadb);
        requireNonNull(node, "node is null");
        gaps = List.copyOf(gaps);
    }

    /**
     * Something that could not be looked at: of it the checks say nothing.
     *
     * @param subject a member or a machine
     * @param what was to be looked at
     * @param why it could not be
     */
    public record Gap(String subject, String what, String why) {
        public Gap {
            requireNonNull(subject, "subject is null");
            requireNonNull(what, "what is null");
            requireNonNull(why, "why is null");
        }
    }
}
