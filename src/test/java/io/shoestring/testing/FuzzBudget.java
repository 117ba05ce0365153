package io.shoestring.testing;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long fuzzing goes on: some seconds, longer where a busy machine let few messages through, or,
 * with {@code -Dshoestring.fuzz.messages=N}, until so many were sent; from {@code
 * -Dshoestring.fuzz.seed}. Thread-safe.
 */
public final class FuzzBudget {
    private static final long WANTED = Long.getLong("shoestring.fuzz.messages", 0);

    private static final long FEW = 400;
    private static final long MORE_SECONDS = 20;

    private final long seed = Long.getLong("shoestring.fuzz.seed", 20_260_214L);
    private final int seconds;
    private final AtomicLong messages = new AtomicLong();
    private volatile long deadlineNanos;

    public FuzzBudget(int secondsUsually) {
        seconds = Integer.getInteger("shoestring.fuzz.seconds", secondsUsually);
    }

    public void begin() {
        deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    public boolean goesOn() {
        if (WANTED > 0) {
            return messages.get() < WANTED;
        }
        long left = deadlineNanos - System.nanoTime();
        return left > 0 || (messages.get() < FEW && left > -TimeUnit.SECONDS.toNanos(MORE_SECONDS));
    }

    public void count(int more) {
        messages.addAndGet(more);
    }

    public long messages() {
        return messages.get();
    }

    /** At most: long streams are quicker, short ones try more beginnings. */
    public int messagesOfStream() {
        return WANTED > 0 ? 200 : 6;
    }

    public long seed() {
        return seed;
    }

    public String seedText() {
        return "seed " + seed;
    }
}
