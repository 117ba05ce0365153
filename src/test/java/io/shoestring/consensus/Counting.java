package io.shoestring.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.consensus.ControlStore.Entry;
import io.shoestring.consensus.ControlStore.Transaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many threads increment one counter by compare-and-set. Whatever fails meanwhile, the counter ends
 * at the number of the acknowledged increments, and at most as much above it as outcomes are not
 * known; and no read ever sees less than what was acknowledged before it began.
 */
public final class Counting {
    private static final int THREADS_PER_STORE = 2;
    private static final int ENOUGH = 20;
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private final String key;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();
    private final AtomicLong stale = new AtomicLong();

    public Counting(String key) {
        this.key = key;
    }

    /** Counts through all stores while {@code disturbance} happens, and some time after it. */
    public void run(List<ControlStore> stores, Disturbance disturbance) throws Exception {
        AtomicBoolean going = new AtomicBoolean(true);
        List<Thread> threads = new ArrayList<>();
        for (ControlStore store : stores) {
            for (int i = 0; i < THREADS_PER_STORE; i++) {
                threads.add(Thread.ofVirtual().start(() -> count(store, going)));
            }
        }
        awaitMore();
        disturbance.happen();
        awaitMore();
        going.set(false);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void awaitMore() {
        long enough = acknowledged.get() + ENOUGH;
        await().atMost(LONGEST).until(() -> acknowledged.get() >= enough);
    }

    private void count(ControlStore store, AtomicBoolean going) {
        while (going.get()) {
            try {
                long before = acknowledged.get();
                Entry entry = store.get(key).orElseThrow();
                long value = Long.parseLong(entry.value());
                if (value < before) {
                    stale.incrementAndGet();
                }
                increment(store, entry, value + 1);
            } catch (ConsensusException e) {
                // A read that failed says nothing.
            }
        }
    }

    private void increment(ControlStore store, Entry entry, long next) {
        try {
            if (store.commit(
                    new Transaction(
                            Map.of(key, entry.revision()), Map.of(key, Long.toString(next))))) {
                acknowledged.incrementAndGet();
            }
        } catch (ConsensusException e) {
            unknown.incrementAndGet();
        }
    }

    public void assertExact(long counter) {
        assertThat(stale).as("reads that were behind").hasValue(0);
        assertThat(counter).isBetween(acknowledged.get(), acknowledged.get() + unknown.get());
    }
}
