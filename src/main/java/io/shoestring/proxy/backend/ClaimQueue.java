package io.shoestring.proxy.backend;

import io.shoestring.base.Clock;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The claims for which there was no place, first come, first served. Its lock is taken only while
 * somebody waits.
 */
final class ClaimQueue {
    private final Clock clock;
    private final Function<Claim, @Nullable Server> take;
    private final Predicate<Claim> isBound;
    private final Deque<Claim> waiting = new ArrayDeque<>();

    /** The size of {@code waiting}, for those who look without the lock. */
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
        if (waiting.size() >= most) {
            return false;
        }
        claim.waitFrom(clock.nanos());
        waiting.addLast(claim);
        measure();
        return true;
    }

    /** Any thread: gives free places to those who wait. */
    void placeFreed() {
        if (length > 0) {
            serve();
        }
    }

    private synchronized void serve() {
        Iterator<Claim> next = waiting.iterator();
        while (next.hasNext()) {
            Claim claim = next.next();
            Server server = take.apply(claim);
            if (server != null) {
                next.remove();
                claim.grantLater(server);
                measure();
            } else if (!isBound.test(claim)) {
                return;
            }
        }
    }

    /** There is no server any more: nobody needs to wait. Any thread. */
    synchronized void refuseAll() {
        while (!waiting.isEmpty()) {
            waiting.removeFirst().refuseLater(Refusal.NO_SERVER);
        }
        measure();
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
        boolean waited = claim.isWaiting() && waiting.remove(claim);
        if (waited) {
            claim.cancelled();
            measure();
        }
        return waited;
    }

    /** What is on its way to the claim's loop is given back there. */
    private synchronized void cancelAnswer(Claim claim) {
        if (claim.isAnswered()) {
            claim.cancelled();
        }
    }

    private void measure() {
        length = waiting.size();
        if (length > mostLength) {
            mostLength = length;
        }
    }
}
