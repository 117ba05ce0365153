package io.shoestring.doctor;

import io.shoestring.doctor.facts.Facts.Gap;

import java.util.List;
import java.util.Optional;

/**
 * What the doctor says. Part of what programs rely on: it is printed as JSON.
 *
 * @param checks how many things were looked at
 * @param servers how many servers answered
 * @param worst of the findings; empty if there are none
 * @param findings worst first
 * @param well the ids of the checks that found nothing
 * @param unseen what could not be looked at
 */
public record Report(
        int checks,
        int servers,
        Optional<Severity> worst,
        List<Finding> findings,
        List<Topic> well,
        List<Gap> unseen) {
    public Report {
        findings = List.copyOf(findings);
        well = List.copyOf(well);
        unseen = List.copyOf(unseen);
    }

    /**
     * Something that was found.
     *
     * @param check its id
     * @param subjects members, databases or machines of which the same is true
     * @param found a sentence
     * @param why it matters
     * @param mend the commands, or what to do; one for each subject, if they differ
     */
    public record Finding(
            String check,
            Severity severity,
            List<String> subjects,
            String found,
            String why,
            List<String> mend) {
        public Finding {
            subjects = List.copyOf(subjects);
            mend = List.copyOf(mend);
        }
    }

    /** A check, by its id, and what is so when all is well. */
    public record Topic(String check, String title) {}
}
