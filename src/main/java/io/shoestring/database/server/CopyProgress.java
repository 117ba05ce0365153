package io.shoestring.database.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;

/** How far a copy of a member's data is, for an operator. One thread writes, others read. */
public final class CopyProgress {
    /** Over which the rate is taken; one is added for each second. */
    private static final int SAMPLES = 10;

    private static final long SAMPLE_NANOS = 1_000_000_000L;

    private final Deque<Sample> newest = new ArrayDeque<>();
    private String source = "";
    private boolean finishing;
    private long bytes;
    private long total;

    private record Sample(long nanos, long bytes) {}

    /**
     * A copy of that member begins.
     *
     * @param totalBytes about how much it will be; what is written meanwhile comes on top of it
     */
    public synchronized void begin(String member, long totalBytes, long nanos) {
        source = member;
        total = totalBytes;
        bytes = 0;
        finishing = false;
        newest.clear();
        newest.addLast(new Sample(nanos, 0));
    }

    /** So many bytes are here, at an instant of the clock. */
    public synchronized void at(long copiedBytes, long nanos) {
        bytes = copiedBytes;
        if (nanos - newest.getLast().nanos() >= SAMPLE_NANOS) {
            newest.addLast(new Sample(nanos, copiedBytes));
            if (newest.size() > SAMPLES) {
                newest.removeFirst();
            }
        }
    }

    /** All is here, and is being made usable. */
    public synchronized void finish() {
        finishing = true;
    }

    /** It is over, well or not. */
    public synchronized void end() {
        source = "";
        newest.clear();
    }

    /** One sentence for an operator; empty while nothing is copied. */
    public synchronized Optional<String> sentence() {
        if (source.isEmpty()) {
            return Optional.empty();
        }
        String what = "It is being copied from " + source + ": ";
        return Optional.of(
                finishing
                        ? what + "all is here, and what was written meanwhile is being applied."
                        : what + amount(bytes) + ofTotal() + speed() + ".");
    }

    private String ofTotal() {
        return total == 0
                ? ""
                : " of about %s (%d %%)"
                        .formatted(
                                amount(Math.max(bytes, total)), Math.min(100, bytes * 100 / total));
    }

    private String speed() {
        Sample first = newest.getFirst();
        Sample last = newest.getLast();
        double seconds = (last.nanos() - first.nanos()) / 1e9;
        double rate = (last.bytes() - first.bytes()) / seconds;
        if (seconds <= 0 || rate <= 0) {
            return "";
        }
        String speed = ", " + amount((long) rate) + "/s";
        long left = (long) Math.ceil(Math.max(0, total - bytes) / rate);
        return total == 0 ? speed : speed + ", about " + duration(left) + " left";
    }

    /** In units of a thousand: {@code 1.5 MB}. */
    public static String amount(long bytes) {
        double megabytes = bytes / 1e6;
        return megabytes < 1000
                ? String.format(Locale.ROOT, "%.1f MB", megabytes)
                : String.format(Locale.ROOT, "%.1f GB", megabytes / 1000);
    }

    private static String duration(long seconds) {
        if (seconds < 120) {
            return seconds + " s";
        }
        return seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
    }
}
