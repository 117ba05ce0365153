package io.shoestring.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.model.Lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Holders that compete for one lease, each relying on it exactly as long as the interface allows,
 * some of them stalling: the spans in which each epoch was relied on must not overlap.
 */
public final class HolderHistory {
    private static final Duration LONGEST = Duration.ofSeconds(25);

    /** An epoch was relied on from {@code from} until {@code until} (nanoseconds). */
    private record Span(long epoch, long from, long until) {}

    private final String resource;
    private final Duration duration;
    private final List<Span> spans = new ArrayList<>();

    public HolderHistory(String resource, Duration duration) {
        this.resource = resource;
        this.duration = duration;
    }

    /** Lets one holder compete through each store while {@code disturbance} happens. */
    public void run(List<ControlStore> stores, Disturbance disturbance) throws Exception {
        AtomicBoolean going = new AtomicBoolean(true);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < stores.size(); i++) {
            ControlStore store = stores.get(i);
            String name = "holder-" + i;
            threads.add(Thread.ofVirtual().start(() -> compete(store, name, going)));
        }
        awaitMore(1);
        disturbance.happen();
        awaitMore(2);
        going.set(false);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void awaitMore(int grants) {
        long enough = epochs() + grants;
        await().atMost(LONGEST).until(() -> epochs() >= enough);
    }

    private synchronized long epochs() {
        return spans.stream().map(Span::epoch).distinct().count();
    }

    private void compete(ControlStore store, String name, AtomicBoolean going) {
        int round = 0;
        while (going.get()) {
            long before = System.nanoTime();
            try {
                Optional<Lease> lease = store.grant(resource, name, duration);
                if (lease.isPresent()) {
                    // Known from now on, but counted from before it was asked for.
                    rely(lease.get(), System.nanoTime(), before);
                    hold(store, lease.get(), round++ % 2 == 0);
                }
                Thread.sleep(50);
            } catch (ConsensusException e) {
                // Nothing that may be relied on.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Renews some times and then stalls, or gives it back. */
    private void hold(ControlStore store, Lease lease, boolean stalls)
            throws ConsensusException, InterruptedException {
        for (int renewal = 0; renewal < 3; renewal++) {
            Thread.sleep(duration.toMillis() / 5);
            long before = System.nanoTime();
            if (!store.renew(resource, lease)) {
                return;
            }
            rely(lease, System.nanoTime(), before);
        }
        if (stalls) {
            Thread.sleep(duration.multipliedBy(2));
        } else {
            giveUp(lease);
            store.release(resource, lease);
        }
    }

    private synchronized void rely(Lease lease, long from, long sent) {
        spans.add(new Span(lease.epoch(), from, sent + duration.toNanos()));
    }

    /** A holder that gives the lease back does not rely on it from then on. */
    private synchronized void giveUp(Lease lease) {
        long now = System.nanoTime();
        spans.replaceAll(
                span ->
                        span.epoch() == lease.epoch()
                                ? new Span(span.epoch(), span.from(), Math.min(span.until(), now))
                                : span);
    }

    public synchronized void assertDisjoint() {
        Map<Long, Span> byEpoch = new TreeMap<>();
        for (Span span : spans) {
            byEpoch.merge(
                    span.epoch(),
                    span,
                    (one, other) ->
                            new Span(
                                    one.epoch(),
                                    Math.min(one.from(), other.from()),
                                    Math.max(one.until(), other.until())));
        }
        assertThat(byEpoch).as("grants").hasSizeGreaterThan(1);
        List<Span> inTime =
                byEpoch.values().stream().sorted(Comparator.comparingLong(Span::from)).toList();
        for (int i = 1; i < inTime.size(); i++) {
            assertThat(inTime.get(i).epoch()).isGreaterThan(inTime.get(i - 1).epoch());
            assertThat(inTime.get(i).from() - inTime.get(i - 1).until())
                    .as("from the end of epoch %d", inTime.get(i - 1).epoch())
                    .isPositive();
        }
    }
}
