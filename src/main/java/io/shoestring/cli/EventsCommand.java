package io.shoestring.cli;

import io.shoestring.admin.api.EventList;
import io.shoestring.admin.api.Json;
import io.shoestring.model.Event;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.time.Instant;
import java.util.Comparator;

/** {@code shoestring events}. */
@Command(
        name = "events",
        description = {
            "What happened and what was decided on all nodes, oldest first.",
            "Every node has the events of the others, also of one that is gone."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring events --since 10m",
            "  shoestring events --follow",
            "  shoestring events --after 120 --json | jq .text"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:printed",
            "1:refused",
            "2:the command was not understood",
            "3:the node was not reached"
        })
final class EventsCommand extends NodeCommand {
    private static final int MAX_EVENTS = 1000;
    private static final long RETRY_MILLIS = 1000;

    @Option(
            names = "--after",
            paramLabel = "N",
            description = "Only events whose sequence is greater.")
    private long after;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Only events that are not older, like 30s, 10m, 2h or 1d.")
    private @Nullable String since;

    @Option(names = "--follow", description = "Go on with what happens, until interrupted.")
    private boolean follow;

    EventsCommand(Console console) {
        super(console);
    }

    @Override
    int ask(NodeClient node) throws InterruptedException {
        Instant oldest = oldest();
        EventList list = node.events(after, MAX_EVENTS);
        list.events().stream()
                .filter(event -> !event.at().isBefore(oldest))
                .sorted(Comparator.comparing(Event::at).thenComparingLong(Event::sequence))
                .forEach(this::show);
        after = list.last();
        while (follow) {
            followUntilLost(node);
            Thread.sleep(RETRY_MILLIS);
        }
        return ExitCode.OK;
    }

    private void followUntilLost(NodeClient node) throws InterruptedException {
        try {
            node.follow(
                    after,
                    event -> {
                        after = event.sequence();
                        show(event);
                    });
        } catch (CommandFailure failure) {
            if (failure.exitCode() != ExitCode.NOT_REACHED) {
                throw failure;
            }
            console.err().println(failure.getMessage() + " Trying again.");
            console.err().flush();
        }
    }

    private void show(Event event) {
        print(
                json
                        ? Json.write(event) + "\n"
                        : Sentences.event(
                                event, console.zone(), console.columns(), console.style()));
    }

    private Instant oldest() {
        if (since == null) {
            return Instant.MIN;
        }
        return console.wallClock().now().minus(TimeSpan.parse("--since", since));
    }
}
