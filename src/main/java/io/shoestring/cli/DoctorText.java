package io.shoestring.cli;

import static java.util.Objects.requireNonNull;

import io.shoestring.doctor.Report;
import io.shoestring.doctor.Report.Finding;
import io.shoestring.doctor.Severity;
import io.shoestring.doctor.facts.Facts.Gap;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The doctor's report on a terminal, worst first. */
final class DoctorText {
    private static final String INDENT = "  ";
    private static final Pattern COMMAND = Pattern.compile("((?:psql|mariadb) .*\")([^\"]*)");

    private final int width;
    private final Style style;
    private final boolean all;

    /**
     * @param all whether to name what is well, too
     */
    DoctorText(int width, Style style, boolean all) {
        this.width = width;
        this.all = all;
        this.style = requireNonNull(style, "style is null");
    }

    String of(Report report) {
        StringBuilder out = new StringBuilder(Sentences.paragraph("", summary(report), width));
        report.findings().forEach(finding -> out.append('\n').append(finding(finding)));
        if (!report.well().isEmpty()) {
            out.append('\n').append(well(report));
        }
        if (!report.unseen().isEmpty()) {
            out.append('\n').append(style.bold("NOT LOOKED AT")).append('\n');
            report.unseen().forEach(gap -> out.append(gap(gap)));
        }
        return out.toString();
    }

    private static String summary(Report report) {
        return "%d checks, %s that answered: %s, %s, %s."
                .formatted(
                        report.checks(),
                        Sentences.count(report.servers(), "server"),
                        Sentences.count(count(report, Severity.DANGER), "danger"),
                        Sentences.count(count(report, Severity.WARNING), "warning"),
                        Sentences.count(count(report, Severity.HINT), "hint"));
    }

    private static long count(Report report, Severity severity) {
        return report.findings().stream().filter(finding -> finding.severity() == severity).count();
    }

    private String finding(Finding finding) {
        StringBuilder out = new StringBuilder();
        out.append(severity(finding.severity()))
                .append(INDENT)
                .append(style.bold(finding.check()))
                .append(INDENT)
                .append(style.faint(String.join(", ", finding.subjects())))
                .append('\n');
        out.append(Sentences.paragraph(INDENT, finding.found(), width));
        out.append(Sentences.paragraph(INDENT, finding.why(), width));
        finding.mend().forEach(mend -> out.append(mend(mend)));
        return out.toString();
    }

    private String severity(Severity severity) {
        String word = severity.name().toUpperCase(Locale.ROOT);
        return switch (severity) {
            case DANGER -> style.bad(word);
            case WARNING -> style.warning(word);
            case HINT -> style.bold(word);
        };
    }

    /** A command is broken where a shell goes on with the next line, so that it can be copied. */
    private String mend(String mend) {
        Matcher command = COMMAND.matcher(mend);
        if (!command.matches()) {
            return Sentences.paragraph(INDENT, "mend: " + mend, width);
        }
        String broken = command.group(1).replace(" -c \"", " \\\n    -c \"");
        String rest = command.group(2).isEmpty() ? "" : command.group(2).substring(1).strip();
        return INDENT
                + "mend: "
                + broken
                + "\n"
                + (rest.isEmpty() ? "" : Sentences.paragraph(INDENT, rest, width));
    }

    private String well(Report report) {
        if (!all) {
            return Sentences.paragraph(
                    "",
                    Sentences.count(report.well().size(), "check")
                            + " found nothing; --all names them.",
                    width);
        }
        return style.good("WELL")
                + "\n"
                + report.well().stream()
                        .map(
                                topic ->
                                        Sentences.paragraph(
                                                INDENT,
                                                topic.check() + ": " + topic.title(),
                                                width))
                        .collect(Collectors.joining());
    }

    private String gap(Gap gap) {
        return Sentences.paragraph(
                INDENT, gap.subject() + ", " + gap.what() + ": " + gap.why(), width);
    }
}
