package io.shoestring.consensus;

import io.shoestring.consensus.ControlStore.Entry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Tells watchers of new entries, in order, on one thread of its own. An entry that is told again (a
 * log that is replayed after a restart) reaches no watcher a second time.
 */
public final class Watchers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchers.class);

    /** In the order of revisions, and of keys among what one transaction wrote. */
    public static final Comparator<Entry> IN_ORDER =
            Comparator.comparingLong(Entry::revision).thenComparing(Entry::key);

    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofVirtual().name("consensus-watchers").factory());

    private static final class Watch {
        private final String prefix;
        private final Consumer<Entry> watcher;
        private Entry last;

        Watch(String prefix, long after, Consumer<Entry> watcher) {
            this.prefix = prefix;
            this.watcher = watcher;
            this.last = new Entry("\uffff", "", after);
        }

        /** On the thread only. */
        void tell(Entry entry) {
            if (!entry.key().startsWith(prefix) || IN_ORDER.compare(entry, last) <= 0) {
                return;
            }
            last = entry;
            try {
                watcher.accept(entry);
            } catch (RuntimeException e) {
                LOG.error("a watcher of '{}' failed on {}", prefix, entry.key(), e);
            }
        }
    }

    /** From now on {@code watcher} is told of entries whose revision is above {@code after}. */
    public AutoCloseable add(String prefix, long after, Consumer<Entry> watcher) {
        Watch watch = new Watch(prefix, after, watcher);
        watches.add(watch);
        return () -> watches.remove(watch);
    }

    /** Tells of entries that are {@link #IN_ORDER}; returns at once. */
    public void tell(List<Entry> written) {
        if (written.isEmpty() || watches.isEmpty()) {
            return;
        }
        try {
            thread.execute(
                    () -> written.forEach(entry -> watches.forEach(watch -> watch.tell(entry))));
        } catch (RejectedExecutionException e) {
            LOG.debug("closed: nobody is told of {} entries", written.size());
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
