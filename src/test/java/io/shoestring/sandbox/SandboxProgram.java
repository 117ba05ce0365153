package io.shoestring.sandbox;

import io.shoestring.base.Clock;

import picocli.CommandLine;

/** A program of its own, for tests that send it signals. */
final class SandboxProgram {
    private SandboxProgram() {}

    public static void main(String[] arguments) {
        System.exit(
                new CommandLine(new SandboxCommand(PlainNode::new, ProcessLog::to, Clock.system()))
                        .execute(arguments));
    }
}
