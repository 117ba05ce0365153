package io.shoestring.cli;

import io.shoestring.admin.AccessToken;
import io.shoestring.admin.PasswordHash;
import io.shoestring.admin.api.Json;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.security.SecureRandom;
import java.util.Map;
import java.util.TreeMap;

/** {@code shoestring password}: makes what stands in {@code admin.users}. */
@Command(
        name = "password",
        description = {
            "Ask for a password and print its hash, for 'password' of a user in admin.users. With"
                    + " --token: make a token for a program, and print it with its hash, for"
                    + " 'token'.",
            "Where standard input is no terminal its first line is the password. No node is asked,"
                    + " nothing is stored."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shoestring password",
            "  shoestring password --token",
            "  shoestring password --json < password.txt"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the hash was printed",
            "1:the password is too short, or the two are not the same",
            "2:the command was not understood"
        })
final class PasswordCommand extends BaseCommand {
    private static final int SHORTEST = 10;

    @Option(names = "--token", description = "Make a token in the place of a password.")
    private boolean token;

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    PasswordCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        var random = new SecureRandom();
        if (token) {
            AccessToken made = AccessToken.make(random);
            print(Map.of("token", made.value(), "hash", made.hash()));
        } else {
            print(Map.of("hash", PasswordHash.make(password(), random).text()));
        }
        return ExitCode.OK;
    }

    private String password() {
        String first = console.prompt().secret("Password: ").orElse("");
        if (first.codePointCount(0, first.length()) < SHORTEST) {
            throw new CommandFailure(
                    ExitCode.NOT_WELL,
                    "A password has at least "
                            + SHORTEST
                            + " characters. A sentence is a good one.");
        }
        if (console.terminal()
                && !console.prompt().secret("Once more: ").orElse("").equals(first)) {
            throw new CommandFailure(ExitCode.NOT_WELL, "The two are not the same. Try again.");
        }
        return first;
    }

    private void print(Map<String, String> made) {
        if (json) {
            console.out().println(Json.writeIndented(new TreeMap<>(made)));
            return;
        }
        console.out().println(made.get("hash"));
        if (token) {
            console.out()
                    .printf(
                            "%nThe program sends, by TLS only:%n%n  Authorization: Bearer %s%n%n"
                                    + "It is shown this once.%n",
                            made.get("token"));
        }
    }
}
