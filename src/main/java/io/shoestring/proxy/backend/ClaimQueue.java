package io.shoestring.proxy.backend;

import io.shoestring.base.Clock;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The claims for which there was no place: those of the highest priority first, and of one
 * priority, first come, first served. Its lock is taken only while somebody waits.
 */
final class ClaimQueue {
    private final Clock clock;
    private final Function<Claim, @Nullable Server> take;
    private final Predicate<Claim> isBound;

    /** By their priority; nobody's is not there. */
    private final NavigableMap<Integer, Deque<Claim>> waiting =
            new TreeMap<>(Comparator.reverseOrder());

    /** How many wait, for those who look without the lock. */
    private volatile int length;

    private volatile int mostLength;
    private volatile int most;
    private volatile long timeoutNanos;

    /**
     * @param most claims that may wait
     * @param take takes a place for a claim, or null
     * @param isBound whether only one server will do: others need not wait for that one
     */
    ClaimQueue(
            int most,
            long timeoutNanos,
            Clock clock,
            Function<Claim, @Nullable Server> take,
            Predicate<Claim> isBound) {
        this.isBound = isBound;
        this.most = most;
        this.timeoutNanos = timeoutNanos;
        this.clock = clock;
        this.take = take;
    }

    /** Holds for claims that come from now on. */
    void limit(int claims, long nanos) {
        most = claims;
        timeoutNanos = nanos;
    }

    int length() {
        return length;
    }

    int mostLength() {
        return mostLength;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** On the claim's loop. */
    void add(Claim claim) {
        if (!enqueue(claim)) {
            claim.refused(Refusal.QUEUE_FULL);
            return;
        }
        claim.deadline(
                claim.loop().schedule(() -> expire(claim), timeoutNanos, TimeUnit.NANOSECONDS));
        // A place may have been freed after none was found and before the claim stood here.
        placeFreed();
    }

    private synchronized boolean enqueue(Claim claim) {
        if (length >= most) {
            return false;
        }
        claim.waitFrom(clock.nanos());
        waiting.computeIfAbsent(claim.priority(), _ -> new ArrayDeque<>()).addLast(claim);
        measure(length + 1);
        return true;
    }

    /** Any thread: gives free places to those who wait. */
    void placeFreed() {
        if (length > 0) {
            serve();
        }
    }

    private synchronized void serve() {
        Iterator<Deque<Claim>> next = waiting.values().iterator();
        boolean more = true;
        while (more && next.hasNext()) {
            Deque<Claim> claims = next.next();
            more = serve(claims);
            if (claims.isEmpty()) {
                next.remove();
            }
        }
    }

    /** Whether there may be a place for those behind them. */
    private boolean serve(Deque<Claim> claims) {
        Iterator<Claim> next = claims.iterator();
        while (next.hasNext()) {
            Claim claim = next.next();
            Server server = take.apply(claim);
            if (server != null) {
                next.remove();
                claim.grantLater(server);
                measure(length - 1);
            } else if (!isBound.test(claim)) {
                return false;
            }
        }
        return true;
    }

    /** There is no server any more: nobody needs to wait. Any thread. */
    synchronized void refuseAll() {
        waiting.values().stream()
                .flatMap(Deque::stream)
                .forEach(claim -> claim.refuseLater(Refusal.NO_SERVER));
        waiting.clear();
        measure(0);
    }

    private void expire(Claim claim) {
        if (remove(claim)) {
            claim.refused(Refusal.QUEUE_TIMEOUT);
        }
    }

    /** On the claim's loop. */
    void cancel(Claim claim) {
        claim.stopDeadline();
        if (!remove(claim)) {
            cancelAnswer(claim);
        }
    }

    private synchronized boolean remove(Claim claim) {
        Deque<Claim> claims = claim.isWaiting() ? waiting.get(claim.priority()) : null;
        boolean waited = claims != null && claims.remove(claim);
        if (waited) {
            claim.cancelled();
            measure(length - 1);
        }
        if (claims != null && claims.isEmpty()) {
            waiting.remove(claim.priority());
        }
        return waited;
    }

    /** What is on its way to the claim's loop is given back there. */
    private synchronized void cancelAnswer(Claim claim) {
        if (claim.isAnswered()) {
            claim.cancelled();
        }
    }

    private void measure(int claims) {
        length = claims;
        if (length > mostLength) {
            mostLength = length;
        }
    }
}
