package io.shoestring.consensus;

import io.shoestring.consensus.ControlStore.Entry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** Tells watchers of new entries, in order, on one thread of its own. */
final class Watchers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchers.class);

    private record Watch(String prefix, Consumer<Entry> watcher) {}

    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofVirtual().name("consensus-watchers").factory());

    AutoCloseable add(String prefix, Consumer<Entry> watcher) {
        Watch watch = new Watch(prefix, watcher);
        watches.add(watch);
        return () -> watches.remove(watch);
    }

    void tell(List<Entry> written) {
        if (written.isEmpty() || watches.isEmpty()) {
            return;
        }
        try {
            thread.execute(() -> written.forEach(this::tell));
        } catch (RejectedExecutionException e) {
            LOG.debug("closed: nobody is told of {} entries", written.size());
        }
    }

    private void tell(Entry entry) {
        for (Watch watch : watches) {
            if (entry.key().startsWith(watch.prefix())) {
                tell(watch, entry);
            }
        }
    }

    private static void tell(Watch watch, Entry entry) {
        try {
            watch.watcher().accept(entry);
        } catch (RuntimeException e) {
            LOG.error("a watcher of '{}' failed on {}", watch.prefix(), entry.key(), e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
