package io.shoestring.cli;

import io.shoestring.admin.api.Json;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.doctor.Doctor;
import io.shoestring.doctor.Report;
import io.shoestring.doctor.Severity;
import io.shoestring.doctor.facts.Facts.Gap;
import io.shoestring.doctor.facts.Survey;
import io.shoestring.model.ClusterStatus;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code shoestring doctor}. */
@Command(
        name = "doctor",
        description = {
            "Look at the configured servers and this machine, and say what is wrong, why it"
                    + " matters, and what mends it.",
            "Changes nothing. Works before the node was ever started, and beside it."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring doctor",
            "  shoestring doctor -c shoestring.yaml --json | jq '.findings[].check'"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing was found",
            "1:the configuration cannot be used",
            "2:the command was not understood",
            "4:the worst that was found is a hint",
            "5:a warning",
            "6:a danger"
        })
final class DoctorCommand extends BaseCommand {
    /** The exit code; worse findings have the ones after it. */
    private static final int HINT = 4;

    @Mixin private NodeOptions nodeOptions = new NodeOptions();

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    @Option(names = "--all", description = "Name the checks that found nothing, too.")
    private boolean all;

    DoctorCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() throws InterruptedException {
        NodeFinder finder = new NodeFinder(console, nodeOptions);
        ShoestringConfig config = ConfigFile.read(finder.configFile());
        List<Gap> gaps = new ArrayList<>();
        Optional<ClusterStatus> status = status(finder, gaps);
        Survey survey = new Survey(config, console.clock(), console.wallClock(), gaps);
        Report report = Doctor.examine(survey.gather(status));
        console.out()
                .print(
                        json
                                ? Json.writeIndented(report) + "\n"
                                : new DoctorText(console.columns(), console.style(), all)
                                        .of(report));
        return exitCode(report);
    }

    /** Before the first start there is no node: that is no problem. */
    private static Optional<ClusterStatus> status(NodeFinder finder, List<Gap> gaps) {
        try {
            return Optional.of(finder.find().status());
        } catch (CommandFailure failure) {
            gaps.add(
                    new Gap(
                            "this machine",
                            "what a running node says",
                            String.valueOf(failure.getMessage())));
            return Optional.empty();
        }
    }

    private static int exitCode(Report report) {
        return report.worst().map(Severity::ordinal).map(worst -> HINT + worst).orElse(ExitCode.OK);
    }
}
