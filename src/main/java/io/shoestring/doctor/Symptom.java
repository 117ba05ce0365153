package io.shoestring.doctor;

import static java.util.Objects.requireNonNull;

/**
 * What a check has found.
 *
 * @param subject where: a member, a database, this machine
 * @param found one sentence
 * @param mend the command, or what to do
 */
record Symptom(Severity severity, String subject, String found, String mend) {
    Symptom {
        requireNonNull(severity, "severity is null");
        requireNonNull(subject, "subject is null");
        requireNonNull(found, "found is null");
        requireNonNull(mend, "mend is null");
    }
}
