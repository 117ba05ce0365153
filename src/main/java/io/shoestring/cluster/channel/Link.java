package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One connection after its handshake: frames in both directions, and a watch over its silence.
 *
 * <p>Three threads: one reads, one writes what is queued (or that it is alive), one watches the
 * clock. Whatever goes wrong ends the whole connection, once, with a reason.
 */
final class Link implements AutoCloseable {
    private static final long NEVER = Long.MIN_VALUE;
    private static final int SIGNS_OF_LIFE = 3;
    private static final int QUEUED_FRAMES_MAX = 4_096;
    private static final int QUEUED_FRAMES_OF_FULL_SIZE = 4;

    /** Learns what arrives, on the link's reading thread: must not block. */
    interface Receiver {
        void received(Frame frame);

        /** Once, as the last. */
        void closed(String reason);
    }

    private final TlsConnection connection;
    private final ChannelLimits limits;
    private final int bytesMax;
    private final Clock clock;
    private final Receiver receiver;
    private final BlockingQueue<Frame> queue = new LinkedBlockingQueue<>(QUEUED_FRAMES_MAX);
    private final AtomicInteger queuedBytes = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile long heard;
    private volatile long frameBegan = NEVER;
    private volatile long writeBegan = NEVER;
    private volatile Thread[] threads = {};

    /**
     * A link over an open connection.
     *
     * @param bytesMax of one frame that arrives
     */
    Link(
            TlsConnection connection,
            ChannelLimits limits,
            int bytesMax,
            Clock clock,
            Receiver receiver) {
        this.connection = requireNonNull(connection, "connection is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.bytesMax = bytesMax;
        this.clock = requireNonNull(clock, "clock is null");
        this.receiver = requireNonNull(receiver, "receiver is null");
        this.heard = clock.nanos();
    }

    void start() {
        String name = "node-channel-" + connection.remote();
        threads =
                new Thread[] {
                    platform(name + "-read").unstarted(this::readAll),
                    platform(name + "-write").unstarted(this::writeAll),
                    platform(name + "-watch").unstarted(this::watch)
                };
        for (Thread thread : threads) {
            thread.start();
        }
    }

    /**
     * A virtual one costs three times as much to wake, and these three are woken several times a
     * second for as long as the cluster runs.
     */
    private static Thread.Builder platform(String name) {
        return Thread.ofPlatform().daemon().name(name);
    }

    /** Queues a frame; false if it does not fit because the peer takes too little. */
    boolean send(Frame frame) {
        if (closed.get()
                || queuedBytes.get() > QUEUED_FRAMES_OF_FULL_SIZE * limits.frameBytesMax()) {
            return false;
        }
        queuedBytes.addAndGet(frame.bytes());
        if (queue.offer(frame)) {
            return true;
        }
        queuedBytes.addAndGet(-frame.bytes());
        return false;
    }

    /** Takes a frame back; false if it has left already. */
    boolean takeBack(Frame frame) {
        boolean there = queue.remove(frame);
        if (there) {
            queuedBytes.addAndGet(-frame.bytes());
        }
        return there;
    }

    boolean isOpen() {
        return !closed.get();
    }

    private void readAll() {
        try {
            DataInputStream in = new DataInputStream(new Heard(connection.in()));
            while (isOpen()) {
                int length = in.readInt();
                frameBegan = clock.nanos();
                Frame frame = Frame.read(in, length, bytesMax);
                frameBegan = NEVER;
                receive(frame);
            }
        } catch (EOFException e) {
            close("the connection was closed by the other side");
        } catch (IOException e) {
            close(TlsConnection.reason(e));
        }
    }

    private void receive(Frame frame) {
        if (frame.kind() != Frame.Kind.ALIVE) {
            receiver.received(frame);
        }
    }

    private void writeAll() {
        try (var out = new DataOutputStream(new BufferedOutputStream(connection.out(), 16 << 10))) {
            long pauseNanos = limits.silence().toNanos() / SIGNS_OF_LIFE;
            while (isOpen()) {
                Frame next = queue.poll(pauseNanos, TimeUnit.NANOSECONDS);
                writeBegan = clock.nanos();
                write(next == null ? Frame.alive() : next, out);
                writeBegan = NEVER;
                checkSilence();
            }
        } catch (IOException e) {
            close(TlsConnection.reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void checkSilence() {
        if (isOver(heard, clock.nanos(), limits.silence())) {
            close("nothing was heard of it for " + seconds(limits.silence()));
        }
    }

    private void write(Frame first, DataOutputStream out) throws IOException {
        Frame next = first;
        while (next != null) {
            if (next.kind() != Frame.Kind.ALIVE) {
                queuedBytes.addAndGet(-next.bytes());
            }
            next.write(out);
            next = queue.poll();
        }
        out.flush();
    }

    /** For what the other two cannot see while they wait: seldom, because it costs every link. */
    private void watch() {
        try {
            while (isOpen()) {
                Thread.sleep(limits.silence().dividedBy(2));
                checkSilence();
                long now = clock.nanos();
                if (isOver(writeBegan, now, limits.silence())) {
                    close("it took nothing for " + seconds(limits.silence()));
                } else if (isOver(frameBegan, now, limits.frame())) {
                    close("one message of it took longer than " + seconds(limits.frame()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isOver(long began, long now, Duration limit) {
        return began != NEVER && now - began > limit.toNanos();
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() / 1000.0 + " s";
    }

    /** Ends the link; the first reason is the one that counts. */
    void close(String reason) {
        if (closed.compareAndSet(false, true)) {
            connection.close();
            for (Thread thread : threads) {
                if (!thread.equals(Thread.currentThread())) {
                    thread.interrupt();
                }
            }
            receiver.closed(reason);
        }
    }

    @Override
    public void close() {
        close("this node closed the connection");
    }

    /** Notes the moment of every byte, so that a large message is not silence. */
    private final class Heard extends FilterInputStream {
        Heard(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            return noted(super.read());
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return noted(super.read(bytes, offset, length));
        }

        private int noted(int result) {
            heard = clock.nanos();
            return result;
        }
    }
}
