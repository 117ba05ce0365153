package io.shoestring.sandbox.fault;

import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.machines.Machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/** The fence command of a stage: a program that takes the power from its machines. */
final class StageFence {
    private static final String BEFORE = "  directory: state\n";

    private final Stage stage;
    private final StageFiles files;

    StageFence(Stage stage, StageFiles files) {
        this.stage = stage;
        this.files = files;
    }

    /** Has the cluster use it from now on. */
    void install() throws SandboxException, InterruptedException {
        try {
            Files.writeString(files.fence(), program());
            Files.setPosixFilePermissions(
                    files.fence(), PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        stage.apply(text -> text.replace(BEFORE, BEFORE + keys()));
        stage.awaitHealthy();
    }

    /** Other faults are tried without it. */
    void remove() throws SandboxException, InterruptedException {
        if (files.fence().toFile().delete()) {
            stage.apply(text -> text.replace(keys(), ""));
            stage.awaitHealthy();
        }
    }

    /** A machine that it has switched off has no power, and is to be known so. */
    void notice(Machine machine) {
        if (files.fenced(machine.name()).toFile().delete()) {
            machine.powerOff();
        }
    }

    private String keys() {
        return "  fence: { command: [ \"%s\", \"{node}\" ] }\n".formatted(files.fence());
    }

    private String program() {
        StringBuilder script = new StringBuilder("#!/bin/sh\ncase \"$1\" in\n");
        Stream.concat(Stage.DATABASES.stream(), Stream.of(Stage.WITNESS))
                .forEach(name -> script.append(entry(name)));
        return script.append("*) echo \"there is no machine $1\"; exit 1;;\nesac\n").toString();
    }

    private String entry(String machine) {
        return machine
                + ")\n"
                + stage.machine(machine).powerOffScript()
                + "touch "
                + files.fenced(machine)
                + "\n;;\n";
    }
}
