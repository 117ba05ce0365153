package io.shoestring.address;

import io.shoestring.model.AddressSpec;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.Follows;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.Events;

import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Tells one address's story as events. What is told by a thread that must not wait for a disk is
 * put aside first. Safe for use by many threads.
 */
final class Teller {
    private record Told(Severity severity, long epoch, String text) {}

    private final AddressSpec spec;
    private final NodeName me;
    private final Events events;
    private final Queue<Told> untold = new ConcurrentLinkedQueue<>();
    private volatile String lastTrouble = "";

    Teller(AddressSpec spec, NodeName me, Events events) {
        this.spec = spec;
        this.me = me;
        this.events = events;
    }

    void set(long epoch, String reason) {
        lastTrouble = "";
        put(Severity.INFO, epoch, "Address %s is on %s now: %s.".formatted(ip(), me, reason));
    }

    void removed(long epoch, String reason) {
        put(Severity.INFO, epoch, "Address %s was taken from %s: %s.".formatted(ip(), me, reason));
    }

    void vanished(long epoch, Link link) {
        put(
                Severity.WARNING,
                epoch,
                "Address %s is no longer on %s of %s, and it was not Shoestring that took it away: it is claimed anew."
                        .formatted(ip(), link.name(), me));
    }

    void contested(long epoch, Link link, MacAddress other) {
        put(
                Severity.ERROR,
                epoch,
                "Another machine uses address %s, which is %s's: %s on %s. %s defends it; find that machine and take the address from it."
                        .formatted(ip(), me, other, link.name(), me));
    }

    /** Why the address cannot be set; the same thing is told once until it was set. */
    void trouble(String sentence) {
        if (!sentence.equals(lastTrouble)) {
            lastTrouble = sentence;
            put(Severity.ERROR, 0, "Address %s: %s".formatted(ip(), sentence));
        }
    }

    /** Writes down what was put aside; may block on the disk. */
    void tell() {
        Told next = untold.poll();
        while (next != null) {
            events.add(next.severity(), database(), next.epoch(), next.text());
            next = untold.poll();
        }
    }

    private void put(Severity severity, long epoch, String text) {
        untold.add(new Told(severity, epoch, text));
    }

    private String ip() {
        return spec.address().address();
    }

    private Optional<String> database() {
        return switch (spec.follows()) {
            case Follows.PrimaryOf(var database) -> Optional.of(database.value());
            case Follows.ReplicaOf(var database) -> Optional.of(database.value());
            case Follows.HealthyListener _ -> Optional.empty();
        };
    }
}
