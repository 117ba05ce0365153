package io.shoestring.sandbox.machines;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One end of a wire that this process holds: an Ethernet interface whose frames it reads and writes
 * ({@code Documentation/networking/tuntap.rst} of Linux). It is gone when it is closed. One thread
 * may read while another writes; waiting blocks the thread.
 */
final class Tap implements AutoCloseable {
    /** Without offloads no frame is longer. */
    private static final int LONGEST_FRAME = 2_048;

    private static final int READ_WRITE_NONBLOCK_CLOSE_ON_EXEC = 2 | 0x800 | 0x80000;
    private static final int TUNSETIFF = 0x400454ca;
    private static final short TAP_WITHOUT_HEADER = 2 | 0x1000;
    private static final long IFREQ_BYTES = 40;
    private static final long IFREQ_FLAGS = 16;
    private static final short READABLE = 1;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MethodHandle OPEN = call("open", INT, 2, ValueLayout.ADDRESS, INT);
    private static final MethodHandle CONTROL =
            call("ioctl", INT, 2, INT, LONG, ValueLayout.ADDRESS);
    private static final MethodHandle READ = call("read", LONG, 3, INT, ValueLayout.ADDRESS, LONG);
    private static final MethodHandle WRITE =
            call("write", LONG, 3, INT, ValueLayout.ADDRESS, LONG);
    private static final MethodHandle POLL = call("poll", INT, 3, ValueLayout.ADDRESS, LONG, INT);
    private static final MethodHandle CLOSE = call("close", INT, 1, INT);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment in = arena.allocate(LONGEST_FRAME, 8);
    private final MemorySegment out = arena.allocate(LONGEST_FRAME, 8);
    private final MemorySegment poll = arena.allocate(8, 4);
    private final int descriptor;

    private Tap(String name) {
        MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
        request.setString(0, name);
        request.set(ValueLayout.JAVA_SHORT, IFREQ_FLAGS, TAP_WITHOUT_HEADER);
        try {
            descriptor =
                    (int)
                            OPEN.invokeExact(
                                    arena.allocateFrom("/dev/net/tun"),
                                    READ_WRITE_NONBLOCK_CLOSE_ON_EXEC);
            int made = (int) CONTROL.invokeExact(descriptor, (long) TUNSETIFF, request);
            if (descriptor < 0 || made < 0) {
                throw new IllegalStateException("cannot make the interface " + name);
            }
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Makes it in the network namespace of the calling thread; its name is at most 15 long. */
    static Tap open(String name) {
        return new Tap(name);
    }

    /** The frames that have arrived, after waiting for the first for {@code millis} at most. */
    List<byte[]> await(int millis) {
        try {
            poll.set(INT, 0, descriptor);
            poll.set(ValueLayout.JAVA_SHORT, 4, READABLE);
            List<byte[]> frames = new ArrayList<>();
            if ((int) POLL.invokeExact(poll, 1L, millis) > 0) {
                for (var next = read(); next.isPresent(); next = read()) {
                    frames.add(next.get());
                }
            }
            return frames;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private Optional<byte[]> read() throws Throwable {
        long length = (long) READ.invokeExact(descriptor, in, (long) LONGEST_FRAME);
        return length <= 0
                ? Optional.empty()
                : Optional.of(in.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }

    /** Sends a frame; what the kernel does not take is lost, as on a wire. */
    void write(byte[] frame) {
        try {
            MemorySegment.copy(frame, 0, out, ValueLayout.JAVA_BYTE, 0, frame.length);
            long ignored = (long) WRITE.invokeExact(descriptor, out, (long) frame.length);
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
        } finally {
            arena.close();
        }
    }

    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle call(
            String name, MemoryLayout result, int fixed, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor function = FunctionDescriptor.of(result, arguments);
        var address = linker.defaultLookup().findOrThrow(name);
        return fixed < arguments.length
                ? linker.downcallHandle(address, function, Linker.Option.firstVariadicArg(fixed))
                : linker.downcallHandle(address, function);
    }
}
