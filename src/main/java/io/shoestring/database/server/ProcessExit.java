package io.shoestring.database.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Tells within a millisecond that a process has ended. It watches one process at a time: that of
 * the newest {@link #watch}.
 */
public final class ProcessExit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessExit.class);
    private static final int WAKE_UP_MILLIS = 1000;

    private final String name;
    private final LongConsumer callback;
    private volatile long watched;

    /**
     * @param name of the member, for the thread
     * @param callback is called with the number of the process that ended, on the watching thread
     */
    public ProcessExit(String name, LongConsumer callback) {
        this.name = name;
        this.callback = callback;
    }

    /** Watches the process of that number from now on; nothing happens if it is watched already. */
    public synchronized void watch(long pid) {
        if (watched == pid) {
            return;
        }
        Optional<Pidfd> process = Pidfd.open(pid);
        if (process.isEmpty()) {
            return;
        }
        watched = pid;
        Thread.ofPlatform()
                .daemon()
                .name("shoestring-exit-" + name)
                .start(() -> await(pid, process.get()));
    }

    private void await(long pid, Pidfd process) {
        try (process) {
            while (watched == pid) {
                if (process.awaitExit(WAKE_UP_MILLIS)) {
                    ended(pid);
                    return;
                }
            }
        } catch (RuntimeException e) {
            LOG.warn("Cannot watch process {} of member {} any more", pid, name, e);
            forget(pid);
        }
    }

    private void ended(long pid) {
        if (forget(pid)) {
            callback.accept(pid);
        }
    }

    private synchronized boolean forget(long pid) {
        boolean current = watched == pid;
        if (current) {
            watched = 0;
        }
        return current;
    }

    @Override
    public synchronized void close() {
        watched = 0;
    }
}
