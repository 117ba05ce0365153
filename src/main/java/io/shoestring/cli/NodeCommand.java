package io.shoestring.cli;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.Json;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseStatus;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that asks a running node. */
abstract class NodeCommand extends BaseCommand {
    @Mixin private NodeOptions nodeOptions = new NodeOptions();

    @Option(names = "--json", description = "Print JSON, for programs.")
    boolean json;

    NodeCommand(Console console) {
        super(console);
    }

    @Override
    public final Integer call() throws InterruptedException {
        prepare();
        try {
            return ask(new NodeFinder(console, nodeOptions).find());
        } finally {
            console.out().flush();
        }
    }

    /** What can be said without a node, before one is asked. */
    void prepare() {
        // Mostly nothing.
    }

    /** Asks and prints; the result is the exit code. */
    abstract int ask(NodeClient node) throws InterruptedException;

    void print(String text) {
        console.out().print(text);
        console.out().flush();
    }

    void printJson(Object value) {
        print(Json.writeIndented(value) + "\n");
    }

    /** Prints the answer to a command; refusals go where errors go. */
    int report(CommandReply reply) {
        if (json) {
            printJson(reply);
        } else if (reply.accepted()) {
            print(reply.sentence() + "\n");
        } else {
            console.err().println(reply.sentence());
        }
        return reply.accepted() ? ExitCode.OK : ExitCode.NOT_WELL;
    }

    static DatabaseStatus find(ClusterStatus status, String database) {
        return status.databases().stream()
                .filter(each -> each.name().equals(database))
                .findFirst()
                .orElseThrow(
                        () ->
                                new CommandFailure(
                                        ExitCode.NOT_WELL,
                                        "There is no database '"
                                                + database
                                                + "'. There is: "
                                                + String.join(
                                                        ", ",
                                                        status.databases().stream()
                                                                .map(DatabaseStatus::name)
                                                                .toList())
                                                + "."));
    }
}
