package io.shoestring.database.postgresql;

import io.shoestring.model.Lsn;
import io.shoestring.model.MemberState.Heard;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a replica hears from its primary, from one look to the next. Each message says how far the
 * primary's log was; one that is new since the look before came after that look began. When the
 * replica has received that far it had, at that look, all that there was. So no wall clock is
 * asked, and what is known outlives the primary. Used by one thread at a time.
 */
final class Hearing {
    /** Looks of minutes; a replica that is behind for longer is not worth to be known exactly. */
    private static final int MOST = 512;

    private record Sample(long atNanos, Lsn end) {}

    private final Deque<Sample> ahead = new ArrayDeque<>();
    private String upstream = "";
    private String newest = "";
    private OptionalLong lookedNanos = OptionalLong.empty();
    private OptionalLong completeNanos = OptionalLong.empty();
    private Optional<Lsn> end = Optional.empty();

    /**
     * One look.
     *
     * @param atNanos when it began
     * @param from whom it follows; empty if nobody
     * @param message by which the newest message can be told from the one before; empty if there
     *     was none
     * @param told how far the primary's log was by that message
     * @param received how far the replica's own is on its disk
     */
    Optional<Heard> look(long atNanos, String from, String message, Lsn told, Lsn received) {
        if (!from.isEmpty() && !from.equals(upstream)) {
            forget(from);
        }
        if (!message.isEmpty()) {
            heard(message, told);
        }
        while (!ahead.isEmpty() && ahead.getFirst().end().compareTo(received) <= 0) {
            completeNanos = OptionalLong.of(ahead.removeFirst().atNanos());
        }
        lookedNanos = OptionalLong.of(atNanos);
        return end.map(known -> new Heard(known, completeNanos));
    }

    private void heard(String message, Lsn told) {
        boolean isNew = !newest.isEmpty() && !message.equals(newest);
        newest = message;
        end = Optional.of(told);
        if (isNew && lookedNanos.isPresent() && ahead.size() < MOST) {
            ahead.addLast(new Sample(lookedNanos.getAsLong(), told));
        }
    }

    private void forget(String from) {
        ahead.clear();
        upstream = from;
        newest = "";
        lookedNanos = OptionalLong.empty();
        completeNanos = OptionalLong.empty();
        end = Optional.empty();
    }
}
