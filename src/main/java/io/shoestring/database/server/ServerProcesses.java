package io.shoestring.database.server;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Who has a data directory open, read from the process table: the processes of database servers
 * make it their working directory. A shell in which somebody merely looks around does not count.
 */
public final class ServerProcesses {
    private static final Path PROC = Path.of("/proc");

    /** proc(5): field 22, counted from the one after the name. */
    private static final int START_FIELD = 19;

    /** The kernel shows this to programs on every architecture that we run on. */
    private static final int TICKS_PER_SECOND = 100;

    /** By what an engine's processes are known. */
    public interface Kinds {
        /** Whether a process that runs this program may write the data of a directory. */
        boolean isServer(String program);

        /** Whether a program of this name writes data directories, and is no server. */
        boolean isTool(String program);

        /** Which of the server's processes is the main one; it may have ended long ago. */
        OptionalLong mainProcess();
    }

    private final Path data;
    private final Kinds kinds;

    public ServerProcesses(Path data, Kinds kinds) {
        this.data = data;
        this.kinds = kinds;
    }

    /**
     * What was found.
     *
     * @param postmaster the main process, if it is one of {@code servers}
     * @param servers every process of the server, the main one included
     * @param tools programs that write the directory: a base backup, a rewind
     * @param hidden servers' processes whose directory the kernel does not show us: nothing can be
     *     said of them
     */
    public record Found(
            OptionalLong postmaster, List<Long> servers, List<Long> tools, List<Long> hidden) {
        public Found {
            servers = List.copyOf(servers);
            tools = List.copyOf(tools);
            hidden = List.copyOf(hidden);
        }

        /** Whether it is certain that nobody can write. */
        public boolean nobody() {
            return servers.isEmpty() && tools.isEmpty() && hidden.isEmpty();
        }
    }

    /** Reads the process table. */
    public Found look() {
        List<Long> servers = new ArrayList<>();
        List<Long> tools = new ArrayList<>();
        List<Long> hidden = new ArrayList<>();
        Path real = realPath();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                switch (kindOf(process, real)) {
                    case SERVER -> servers.add(number(process));
                    case TOOL -> tools.add(number(process));
                    case HIDDEN -> hidden.add(number(process));
                    case OTHER -> {}
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("Cannot read the process table in /proc", e);
        }
        OptionalLong named = kinds.mainProcess();
        boolean alive = named.isPresent() && servers.contains(named.getAsLong());
        return new Found(alive ? named : OptionalLong.empty(), servers, tools, hidden);
    }

    /** The live main process; looks at one process only. */
    public OptionalLong postmaster() {
        OptionalLong named = kinds.mainProcess();
        if (named.isEmpty()) {
            return named;
        }
        Path process = PROC.resolve(Long.toString(named.getAsLong()));
        boolean alive =
                Files.exists(process, LinkOption.NOFOLLOW_LINKS)
                        && kindOf(process, realPath()) == Kind.SERVER;
        return alive ? named : OptionalLong.empty();
    }

    /**
     * When the process was started, in the kernel's ticks since the boot; never if it has ended.
     */
    public static long startTicks(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"));
            // The second field, the name in parentheses, may have anything in it.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Long.parseLong(fields[START_FIELD]);
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    /** The present moment, comparable with {@link #startTicks}. */
    public static long nowTicks() {
        try {
            String[] fields = Files.readString(PROC.resolve("uptime")).split(" ", -1);
            return (long) (Double.parseDouble(fields[0]) * TICKS_PER_SECOND);
        } catch (IOException e) {
            throw new IllegalStateException("Cannot read /proc/uptime", e);
        }
    }

    /** Where the kernel says that it is: without symbolic links. */
    private Path realPath() {
        try {
            return data.toRealPath();
        } catch (IOException e) {
            return data;
        }
    }

    private enum Kind {
        SERVER,
        TOOL,
        HIDDEN,
        OTHER
    }

    private Kind kindOf(Path process, Path real) {
        try {
            Path directory = Files.readSymbolicLink(process.resolve("cwd"));
            String program = programOf(process);
            if (kinds.isServer(program)) {
                return directory.equals(real) || names(process, real) ? Kind.SERVER : Kind.OTHER;
            }
            return kinds.isTool(program) && names(process, real) ? Kind.TOOL : Kind.OTHER;
        } catch (AccessDeniedException e) {
            return isHiddenServer(process) ? Kind.HIDDEN : Kind.OTHER;
        } catch (IOException e) {
            // It has ended meanwhile, or is a zombie, which has no working directory any more.
            return Kind.OTHER;
        }
    }

    private static String programOf(Path process) throws IOException {
        String file = String.valueOf(Files.readSymbolicLink(process.resolve("exe")).getFileName());
        // After an upgrade of the package the kernel adds this.
        return file.endsWith(" (deleted)") ? file.substring(0, file.length() - 10) : file;
    }

    /** Before it changes its directory, and for the tools, only the arguments name it. */
    private boolean names(Path process, Path real) throws IOException {
        for (String argument : Files.readString(process.resolve("cmdline")).split("\0", -1)) {
            String value = argument.substring(argument.indexOf('=') + 1);
            if (value.equals(real.toString()) || value.equals(data.toString())) {
                return true;
            }
        }
        return false;
    }

    /** Only a process of the directory's owner can be one of its server's. */
    private boolean isHiddenServer(Path process) {
        try {
            return kinds.isServer(Files.readString(process.resolve("comm")).strip())
                    && Files.getOwner(process).equals(Files.getOwner(data));
        } catch (IOException e) {
            return false;
        }
    }

    private static long number(Path process) {
        return Long.parseLong(String.valueOf(process.getFileName()));
    }
}
