package io.shoestring.sandbox.machines;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that runs on a machine. */
public final class MachineProcess {
    private static final long SECONDS = 20;

    private final Process process;

    private MachineProcess(Process process) {
        this.process = process;
    }

    /** Each of the programs in front of the command becomes the next: the number stays the same. */
    static MachineProcess start(List<String> command, Path log) {
        try {
            return new MachineProcess(
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its number on the host. */
    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Writes a line to its standard input. */
    public void tell(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL; returns when it is dead. What it started goes on. */
    public void kill() {
        process.destroyForcibly();
        await();
    }

    /** SIGTERM; returns when it has ended, with its status. */
    public int end() {
        process.destroy();
        await();
        return process.exitValue();
    }

    /** SIGSTOP: it does nothing any more, and holds what it holds. */
    public void stop() {
        Command.run("kill", "-STOP", "" + pid());
    }

    /** SIGCONT: it goes on, and does not know that time has passed. */
    public void resume() {
        Command.run("kill", "-CONT", "" + pid());
    }

    private void await() {
        try {
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("process " + pid() + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
