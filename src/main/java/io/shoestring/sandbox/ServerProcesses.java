package io.shoestring.sandbox;

import io.shoestring.base.Clock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The servers' processes that work on the sandbox's data directories, as the process table shows
 * them. Nothing else is ever signalled: not a process that only has such a name, and not a shell
 * that only stands in such a directory.
 */
final class ServerProcesses {
    private static final Path PROCESSES = Path.of("/proc");
    private static final long KILL_WAIT_MILLIS = 3_000;
    private static final long POLL_MILLIS = 20;

    private final Path members;
    private final EngineKit kit;
    private final Clock clock;

    /**
     * @param members the directory that the data directories are in
     */
    ServerProcesses(Path members, EngineKit kit, Clock clock) {
        this.members = members;
        this.kit = kit;
        this.clock = clock;
    }

    /** How a server is asked to end. */
    enum Manner {
        /** Cleanly; clients are thrown out. */
        FAST(20_000),
        /** At once; for data that nobody needs any more. Shared memory is given back, however. */
        IMMEDIATE(5_000);

        private final long waitMillis;

        Manner(long waitMillis) {
            this.waitMillis = waitMillis;
        }

        private String signal(EngineKit.Signals signals) {
            return this == FAST ? signals.fast() : signals.immediate();
        }
    }

    /** The main process of a data directory's server, if it runs. */
    OptionalLong postmaster(Path data) {
        long named = lockFilePid(data);
        return running().stream()
                .filter(each -> named < 0 ? worksIn(each, data) : each.pid() == named)
                .mapToLong(ProcessHandle::pid)
                .findFirst();
    }

    /** Ends them all: the servers in the given manner, then what is left by force. */
    void stop(Manner manner) {
        for (Path data : dataDirectories()) {
            postmaster(data).ifPresent(pid -> signal(manner.signal(kit.signals()), pid));
        }
        if (!goneWithin(manner.waitMillis)) {
            kill();
            goneWithin(KILL_WAIT_MILLIS);
        }
    }

    /** Asks them all to end at once, and does not wait for the end. */
    void cutOff() {
        running().forEach(ProcessHandle::destroy);
        for (Path data : dataDirectories()) {
            postmaster(data).ifPresent(pid -> signal(kit.signals().immediate(), pid));
        }
    }

    private void kill() {
        running().forEach(ProcessHandle::destroyForcibly);
    }

    /** All of them. */
    List<ProcessHandle> running() {
        try (Stream<Path> entries = Files.list(PROCESSES)) {
            return entries.filter(entry -> entry.getFileName().toString().matches("\\d+"))
                    .filter(this::isOurs)
                    .flatMap(
                            entry ->
                                    ProcessHandle.of(Long.parseLong(entry.getFileName().toString()))
                                            .stream())
                    .toList();
        } catch (IOException _) {
            return List.of();
        }
    }

    private boolean isOurs(Path process) {
        try {
            Path program = Files.readSymbolicLink(process.resolve("exe")).getFileName();
            return kit.programs().contains(String.valueOf(program))
                    && (Files.readSymbolicLink(process.resolve("cwd")).startsWith(members)
                            || namesMembers(process));
        } catch (IOException _) {
            // It ended meanwhile, or belongs to somebody else.
            return false;
        }
    }

    /** A server that writes no such file is one process. */
    private static boolean worksIn(ProcessHandle process, Path data) {
        try {
            return Files.isSameFile(PROCESSES.resolve(process.pid() + "/cwd"), data);
        } catch (IOException _) {
            return false;
        }
    }

    private boolean namesMembers(Path process) throws IOException {
        byte[] command = Files.readAllBytes(process.resolve("cmdline"));
        return new String(command, StandardCharsets.UTF_8).contains(members + "/");
    }

    private static long lockFilePid(Path data) {
        try (Stream<String> lines = Files.lines(data.resolve("postmaster.pid"))) {
            return lines.findFirst().map(String::strip).map(Long::parseLong).orElse(-1L);
        } catch (IOException | NumberFormatException _) {
            return -1;
        }
    }

    private boolean goneWithin(long millis) {
        long deadline = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(millis);
        boolean interrupted = false;
        while (!running().isEmpty() && clock.nanos() - deadline < 0) {
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return running().isEmpty();
    }

    /** By the shell, which has every signal; Java has only two. */
    private static void signal(String signal, long pid) {
        try {
            Process shell =
                    new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            shell.onExit().orTimeout(2, TimeUnit.SECONDS).join();
        } catch (IOException | java.util.concurrent.CompletionException _) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    private List<Path> dataDirectories() {
        try (Stream<Path> directories = Files.list(members)) {
            return directories.toList();
        } catch (IOException _) {
            return List.of();
        }
    }
}
