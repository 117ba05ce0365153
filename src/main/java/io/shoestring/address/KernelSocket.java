package io.shoestring.address;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * A socket of a family that Java does not have ({@code netlink(7)}, {@code packet(7)}). Everything
 * that sending and receiving needs is allocated when it is opened, so that an address can be taken
 * away when memory has run out; no process is started for it.
 *
 * <p>Not thread-safe.
 */
final class KernelSocket implements AutoCloseable {
    static final int LARGEST_MESSAGE = 8192;

    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40;
    private static final short READABLE = 1;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MethodHandle SOCKET = call("socket", INT, INT, INT, INT);
    private static final MethodHandle BIND = call("bind", INT, INT, ValueLayout.ADDRESS, INT);
    private static final MethodHandle SET_OPTION =
            call("setsockopt", INT, INT, INT, INT, ValueLayout.ADDRESS, INT);
    private static final MethodHandle SEND =
            call("send", LONG, INT, ValueLayout.ADDRESS, LONG, INT);
    private static final MethodHandle RECEIVE =
            call("recv", LONG, INT, ValueLayout.ADDRESS, LONG, INT);
    private static final MethodHandle POLL = call("poll", INT, ValueLayout.ADDRESS, LONG, INT);
    private static final MethodHandle CLOSE = call("close", INT, INT);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = arena.allocate(CALL_STATE);
    private final MemorySegment out = arena.allocate(LARGEST_MESSAGE, 8);
    private final MemorySegment in = arena.allocate(LARGEST_MESSAGE, 8);
    private final MemorySegment poll = arena.allocate(8, 4);
    private final int descriptor;

    private KernelSocket(int family, int protocol) throws AddressException {
        try {
            descriptor = (int) SOCKET.invokeExact(state, family, SOCK_RAW | SOCK_CLOEXEC, protocol);
            check("opening a socket", descriptor);
        } catch (Throwable e) {
            arena.close();
            throw failed(e);
        }
    }

    static KernelSocket open(int family, int protocol) throws AddressException {
        return new KernelSocket(family, protocol);
    }

    void bind(byte[] address) throws AddressException {
        try {
            copy(address);
            check(
                    "binding a socket",
                    (int) BIND.invokeExact(state, descriptor, out, address.length));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void option(int level, int name, byte[] value) throws AddressException {
        try {
            copy(value);
            check(
                    "setting a socket's option",
                    (int)
                            SET_OPTION.invokeExact(
                                    state, descriptor, level, name, out, value.length));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Attaches a classic BPF program ({@code socket(7)}, SO_ATTACH_FILTER). */
    void filter(byte[] program) throws AddressException {
        int solSocket = 1;
        int attachFilter = 26;
        try {
            copy(program);
            // struct sock_fprog { unsigned short len; struct sock_filter *filter; }
            MemorySegment described = out.asSlice(LARGEST_MESSAGE - 16L, 16);
            described.set(ValueLayout.JAVA_SHORT, 0, (short) (program.length / 8));
            described.set(ValueLayout.ADDRESS, 8, out);
            check(
                    "setting a socket's filter",
                    (int)
                            SET_OPTION.invokeExact(
                                    state, descriptor, solSocket, attachFilter, described, 16));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void send(byte[] message) throws AddressException {
        try {
            copy(message);
            long sent = (long) SEND.invokeExact(state, descriptor, out, (long) message.length, 0);
            check("sending", (int) sent);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /**
     * Waits for a message, blocking the calling thread (and its carrier).
     *
     * @return its length; 0 if none came within {@code timeoutMillis}
     */
    int receive(byte[] message, int timeoutMillis) throws AddressException {
        try {
            // struct pollfd { int fd; short events; short revents; }
            poll.set(INT, 0, descriptor);
            poll.set(ValueLayout.JAVA_SHORT, 4, READABLE);
            int ready = (int) POLL.invokeExact(state, poll, 1L, timeoutMillis);
            if (ready == 0 || (ready < 0 && errno() == Errno.EINTR)) {
                return 0;
            }
            check("waiting for a message", ready);
            return received(message);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private int received(byte[] message) throws Throwable {
        long most = Math.min(message.length, LARGEST_MESSAGE);
        int length = (int) (long) RECEIVE.invokeExact(state, descriptor, in, most, MSG_DONTWAIT);
        if (length < 0 && (errno() == Errno.EAGAIN || errno() == Errno.EINTR)) {
            return 0;
        }
        check("receiving", length);
        MemorySegment.copy(in, ValueLayout.JAVA_BYTE, 0, message, 0, length);
        return length;
    }

    @Override
    public void close() {
        try {
            int ignored = (int) CLOSE.invokeExact(state, descriptor);
        } catch (Throwable e) {
            throw unexpected(e);
        } finally {
            arena.close();
        }
    }

    private void copy(byte[] bytes) {
        MemorySegment.copy(bytes, 0, out, ValueLayout.JAVA_BYTE, 0, bytes.length);
    }

    private void check(String what, int result) throws AddressException {
        if (result < 0) {
            throw AddressException.of(what, errno());
        }
    }

    private int errno() {
        return (int) ERRNO.get(state, 0L);
    }

    private static AddressException failed(Throwable e) {
        if (e instanceof AddressException expected) {
            return expected;
        }
        throw unexpected(e);
    }

    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                Linker.Option.captureCallState("errno"));
    }
}
