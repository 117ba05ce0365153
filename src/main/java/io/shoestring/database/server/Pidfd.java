package io.shoestring.database.server;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * Linux's handle on one process ({@code pidfd_open(2)}): unlike a process number it never means
 * another process, and its end can be waited for although it is not our child. Java's own {@code
 * ProcessHandle.onExit} polls for processes that are not children.
 */
public final class Pidfd implements AutoCloseable {
    public static final int SIGINT = 2;
    public static final int SIGKILL = 9;

    private static final int NO_SUCH_PROCESS = 3;
    private static final int INTERRUPTED = 4;
    private static final short READABLE = 1;
    // The same numbers on every architecture: they are younger than the common table.
    private static final long PIDFD_SEND_SIGNAL = 424;
    private static final long PIDFD_OPEN = 434;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle SYSCALL = systemCall();
    private static final MethodHandle POLL = poll();
    private static final MethodHandle CLOSE = closeFile();

    private final int descriptor;

    private Pidfd(int descriptor) {
        this.descriptor = descriptor;
    }

    /** A handle on the process of that number; empty if there is none. */
    public static Optional<Pidfd> open(long pid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            long result = (long) SYSCALL.invokeExact(state, PIDFD_OPEN, pid, 0L, 0L, 0L);
            if (result >= 0) {
                return Optional.of(new Pidfd((int) result));
            }
            if (errno(state) == NO_SUCH_PROCESS) {
                return Optional.empty();
            }
            throw new IllegalStateException("pidfd_open failed with error " + errno(state));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Sends a signal; nothing happens if the process has ended. */
    public void signal(int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            long result =
                    (long)
                            SYSCALL.invokeExact(
                                    state,
                                    PIDFD_SEND_SIGNAL,
                                    (long) descriptor,
                                    (long) signal,
                                    0L,
                                    0L);
            if (result != 0 && errno(state) != NO_SUCH_PROCESS) {
                throw new IllegalStateException(
                        "pidfd_send_signal failed with error " + errno(state));
            }
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * Blocks the calling thread (and its carrier) until the process has ended, at most {@code
     * timeoutMillis}; returns whether it has.
     */
    public boolean awaitExit(int timeoutMillis) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            // struct pollfd { int fd; short events; short revents; }
            MemorySegment poll = arena.allocate(8, 4);
            poll.set(ValueLayout.JAVA_INT, 0, descriptor);
            poll.set(ValueLayout.JAVA_SHORT, 4, READABLE);
            int ready = (int) POLL.invokeExact(state, poll, 1L, timeoutMillis);
            if (ready < 0 && errno(state) != INTERRUPTED) {
                throw new IllegalStateException("poll failed with error " + errno(state));
            }
            return ready > 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public void close() {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle systemCall() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG),
                Linker.Option.firstVariadicArg(1),
                Linker.Option.captureCallState("errno"));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle poll() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("poll"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT),
                Linker.Option.captureCallState("errno"));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle closeFile() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("close"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }
}
