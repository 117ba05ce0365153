package io.shoestring.sandbox.machines;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A thread of this process that lives on a machine's network ({@code setns(2)}), as do the threads
 * that it starts and the sockets that they open. A whole process for it would cost seconds.
 */
final class NetworkThread {
    private static final int READ_ONLY_CLOSE_ON_EXEC = 0x80000;
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final MethodHandle OPEN = call("open", ValueLayout.ADDRESS, INT);
    private static final MethodHandle SET_NAMESPACE = call("setns", INT, INT);
    private static final MethodHandle CLOSE = call("close", INT);

    private NetworkThread() {}

    static <T> T call(String namespace, Callable<T> task) throws Exception {
        FutureTask<T> future =
                new FutureTask<>(
                        () -> {
                            enter(namespace);
                            return task.call();
                        });
        Thread.ofPlatform().name("on-" + namespace).start(future);
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private static void enter(String namespace) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom("/run/netns/" + namespace);
            int file = (int) OPEN.invokeExact(path, READ_ONLY_CLOSE_ON_EXEC);
            int entered = (int) SET_NAMESPACE.invokeExact(file, CLONE_NEWNET);
            int closed = (int) CLOSE.invokeExact(file);
            if (file < 0 || entered != 0 || closed != 0) {
                throw new IllegalStateException("cannot enter " + namespace);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle call(String name, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(INT, arguments));
    }
}
