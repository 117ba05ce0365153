package io.shoestring.network.tls;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * Notices that files have changed, by a stamp of them that is looked at every two seconds. One
 * thread of its own, on which the changes are told.
 */
final class FileWatch implements AutoCloseable {
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

    private final Supplier<String> stamp;
    private final Runnable changed;
    private final Thread thread;
    private String seen;

    private FileWatch(String name, Supplier<String> stamp, String seen, Runnable changed) {
        this.stamp = stamp;
        this.seen = seen;
        this.changed = changed;
        this.thread = Thread.ofVirtual().name(name).unstarted(this::keepLooking);
    }

    /**
     * Begins to look.
     *
     * @param name of the thread
     * @param seen the stamp from before the files were read: what changed since is told
     * @param changed is told once for each change, and must not throw
     */
    static FileWatch start(String name, Supplier<String> stamp, String seen, Runnable changed) {
        FileWatch watch = new FileWatch(name, stamp, seen, changed);
        watch.thread.start();
        return watch;
    }

    private void keepLooking() {
        try {
            while (true) {
                Thread.sleep(BETWEEN_LOOKS);
                look();
            }
        } catch (InterruptedException _) {
            // Closed.
        }
    }

    private void look() {
        String now = stamp.get();
        if (!now.equals(seen)) {
            seen = now;
            changed.run();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
