package io.shoestring.cli;

import io.shoestring.admin.api.Explanation;
import io.shoestring.model.DatabaseStatus;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.ArrayList;
import java.util.List;

/** {@code shoestring why}. */
@Command(
        name = "why",
        description = {
            "How a database is, what happened to it and why, in sentences.",
            "The newest story comes first."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring why",
            "  shoestring why shop --details",
            "  shoestring why shop --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the database is well",
            "1:it is not, or there is none of that name",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class WhyCommand extends NodeCommand {
    @Parameters(
            arity = "0..1",
            paramLabel = "DATABASE",
            description = "Its name in the configuration. Default: all of them, worst first.")
    private @Nullable String database;

    @Option(names = "--details", description = "Also each step on the way, and who noted it.")
    private boolean details;

    WhyCommand(Console console) {
        super(console);
    }

    @Override
    int ask(NodeClient node) throws InterruptedException {
        List<Explanation> explanations = explanations(node);
        if (json) {
            printJson(database == null ? explanations : explanations.getFirst());
        } else {
            print(String.join("\n", explanations.stream().map(this::text).toList()));
        }
        return explanations.stream().allMatch(Explanation::healthy)
                ? ExitCode.OK
                : ExitCode.NOT_WELL;
    }

    private List<Explanation> explanations(NodeClient node) throws InterruptedException {
        if (database != null) {
            return List.of(node.why(database));
        }
        List<Explanation> unwell = new ArrayList<>();
        List<Explanation> well = new ArrayList<>();
        for (DatabaseStatus each : node.status().databases()) {
            (each.healthy() ? well : unwell).add(node.why(each.name()));
        }
        unwell.addAll(well);
        return unwell;
    }

    private String text(Explanation why) {
        Style style = console.style();
        int width = console.columns();
        StringBuilder out = new StringBuilder();
        out.append(style.bold(why.database())).append('\n');
        out.append(Sentences.paragraph("  ", why.summary(), width));
        out.append(Sentences.paragraph("  ", why.readiness(), width));
        if (why.paused()) {
            out.append(
                    Sentences.paragraph(
                            "  ",
                            "Automatic actions are paused: 'shoestring resume "
                                    + why.database()
                                    + "' switches them on.",
                            width));
        }
        why.stories().forEach(story -> out.append('\n').append(Sentences.story(story, console)));
        if (why.stories().isEmpty()) {
            out.append('\n');
            out.append(
                    Sentences.paragraph(
                            "  ",
                            "No node has noted anything that led to it, or this one has not heard"
                                    + " of it yet.",
                            width));
        } else if (!details) {
            out.append('\n');
            out.append(
                    style.faint(
                            Sentences.paragraph(
                                    "  ",
                                    "Each step: 'shoestring why " + why.database() + " --details'.",
                                    width)));
        }
        if (details) {
            out.append("\nEach step, oldest first:\n");
            why.events()
                    .forEach(
                            event ->
                                    out.append(
                                            Sentences.event(event, console.zone(), width, style)));
        }
        return out.toString();
    }
}
