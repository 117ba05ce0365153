package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a server gives its log to others, and how it gets it.
 *
 * @param receiver empty for a primary
 */
public record ReplicationFacts(
        List<Slot> slots, List<Sender> senders, Optional<Receiver> receiver, Archiver archiver) {
    public ReplicationFacts {
        slots = List.copyOf(slots);
        senders = List.copyOf(senders);
        requireNonNull(receiver, "receiver is null");
        requireNonNull(archiver, "archiver is null");
    }

    /**
     * A replication slot.
     *
     * @param follows whether the replicas are to have it, too, so that it is there after a failover
     * @param status {@code reserved}, {@code extended}, {@code unreserved}, {@code lost}, or empty
     * @param heldBytes of log that is kept for it
     */
    public record Slot(
            String name,
            boolean logical,
            boolean follows,
            boolean active,
            String status,
            long heldBytes) {
        public Slot {
            requireNonNull(name, "name is null");
            requireNonNull(status, "status is null");
        }
    }

    /**
     * Somebody who gets the log.
     *
     * @param state {@code streaming}, {@code catchup}, {@code backup}, …
     * @param behindBytes what it has not replayed yet
     */
    public record Sender(String name, String state, long behindBytes) {
        public Sender {
            requireNonNull(name, "name is null");
            requireNonNull(state, "state is null");
        }
    }

    /**
     * A replica's own view.
     *
     * @param streaming whether log flows in
     * @param paused whether somebody has stopped the replay
     * @param behindBytes what it has received and not replayed yet
     * @param behind how old the newest replayed transaction is, while there is something to replay
     * @param holdsBack whether it does not replay what is next because of its delay; until it does
     *     it asks for no more log
     */
    public record Receiver(
            boolean streaming,
            boolean paused,
            long behindBytes,
            Duration behind,
            boolean holdsBack) {
        public Receiver {
            requireNonNull(behind, "behind is null");
        }
    }

    /**
     * How the archive takes the log.
     *
     * @param failing whether the newest attempt has failed
     * @param file the newest that could not be archived
     */
    public record Archiver(boolean failing, long failures, String file) {
        public Archiver {
            requireNonNull(file, "file is null");
        }
    }
}
