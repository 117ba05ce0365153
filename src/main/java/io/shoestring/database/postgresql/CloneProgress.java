package io.shoestring.database.postgresql;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far a base backup is, by what {@code pg_basebackup --progress} prints each second, or by what
 * has come where we receive it ourselves. One thread writes, others read.
 */
final class CloneProgress {
    /** {@code 123456/345678 kB (35%), 0/1 tablespace}. */
    private static final Pattern LINE = Pattern.compile("^\\s*(\\d+)/(\\d+) kB \\(\\d+%\\).*");

    /** Over which the rate is taken: about as many seconds. */
    private static final int SAMPLES = 10;

    private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Deque<Sample> newest = new ArrayDeque<>();
    private String source = "";

    private record Sample(long nanos, long kilobytes, long total) {}

    /** A copy of that member begins. */
    synchronized void begin(String member) {
        source = member;
        newest.clear();
    }

    /** A line of the program, at an instant of the clock. */
    void line(String text, long nanos) {
        Matcher line = LINE.matcher(text);
        if (line.matches()) {
            received(Long.parseLong(line.group(1)), Long.parseLong(line.group(2)), nanos);
        }
    }

    /** So much has come at an instant of the clock; told as often as one likes. */
    synchronized void received(long kilobytes, long total, long nanos) {
        Sample last = newest.peekLast();
        if (last != null && nanos - last.nanos() < SAMPLE_NANOS) {
            return;
        }
        newest.addLast(new Sample(nanos, kilobytes, total));
        if (newest.size() > SAMPLES) {
            newest.removeFirst();
        }
    }

    /** It is over, well or not. */
    synchronized void end() {
        source = "";
        newest.clear();
    }

    /** One sentence for an operator; empty while nothing is copied. */
    synchronized Optional<String> sentence() {
        if (source.isEmpty()) {
            return Optional.empty();
        }
        Sample last = newest.peekLast();
        return Optional.of(
                "It is being cloned from "
                        + source
                        + (last == null || last.total() == 0
                                ? ", which makes a checkpoint first."
                                : ": " + amount(last) + speed(last) + "."));
    }

    /** The total is an estimate: what is written meanwhile comes on top of it. */
    private static String amount(Sample last) {
        return "%s of %s (%d %%)"
                .formatted(
                        megabytes(last.kilobytes()),
                        megabytes(Math.max(last.kilobytes(), last.total())),
                        Math.min(100, last.kilobytes() * 100 / last.total()));
    }

    private String speed(Sample last) {
        Sample first = newest.getFirst();
        double seconds = (last.nanos() - first.nanos()) / 1e9;
        double rate = (last.kilobytes() - first.kilobytes()) / seconds;
        if (seconds <= 0 || rate <= 0) {
            return "";
        }
        long left = (long) Math.ceil(Math.max(0, last.total() - last.kilobytes()) / rate);
        return ", %s/s, about %s left".formatted(megabytes((long) rate), duration(left));
    }

    /** Of 1024 bytes each, as PostgreSQL counts them; told in units of a thousand. */
    private static String megabytes(long kilobytes) {
        double megabytes = kilobytes * 1024 / 1e6;
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
