package io.shoestring.doctor;

import io.shoestring.doctor.Report.Finding;
import io.shoestring.doctor.Report.Topic;
import io.shoestring.doctor.facts.Facts;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Judges the facts by all checks. Pure. */
public final class Doctor {
    private Doctor() {}

    /** All checks there are, in the order of their table. */
    public static List<Topic> topics() {
        return Checks.ALL.stream().map(Doctor::topic).toList();
    }

    /** What all checks say of these facts, worst first. */
    public static Report examine(Facts facts) {
        List<Finding> findings = new ArrayList<>();
        List<Topic> well = new ArrayList<>();
        List<Check> checks = Checks.of(facts);
        for (Check check : checks) {
            List<Finding> found = findings(check, facts);
            findings.addAll(found);
            if (found.isEmpty()) {
                well.add(topic(check));
            }
        }
        findings.sort(Comparator.comparing(Finding::severity).reversed());
        return new Report(
                checks.size(),
                answering(facts),
                findings.stream().map(Finding::severity).findFirst(),
                findings,
                well,
                facts.gaps());
    }

    private static int answering(Facts facts) {
        return (int)
                (facts.databases().stream().mapToLong(each -> each.answering().count()).sum()
                        + facts.mariadb().stream()
                                .mapToLong(each -> each.answering().count())
                                .sum());
    }

    private static Topic topic(Check check) {
        return new Topic(check.id(), check.title());
    }

    private record Words(Severity severity, String found) {}

    /** What is said of several in the same words is said once. */
    private static List<Finding> findings(Check check, Facts facts) {
        Map<Words, List<Symptom>> alike = new LinkedHashMap<>();
        check.examination()
                .of(facts)
                .forEach(
                        symptom ->
                                alike.computeIfAbsent(
                                                new Words(symptom.severity(), symptom.found()),
                                                _ -> new ArrayList<>())
                                        .add(symptom));
        return alike.entrySet().stream()
                .map(entry -> finding(check, entry.getKey(), entry.getValue()))
                .toList();
    }

    private static Finding finding(Check check, Words words, List<Symptom> symptoms) {
        return new Finding(
                check.id(),
                words.severity(),
                symptoms.stream().map(Symptom::subject).distinct().toList(),
                words.found(),
                check.why(),
                symptoms.stream().map(Symptom::mend).distinct().toList());
    }
}
