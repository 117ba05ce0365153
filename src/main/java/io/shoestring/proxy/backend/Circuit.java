package io.shoestring.proxy.backend;

import static java.util.Objects.requireNonNull;

/**
 * What the traffic has found of a server.
 *
 * @param trips how often in a row it was taken out, each time for longer; 0 while it is in use
 * @param why the traffic's reason; empty while it is in use
 */
public record Circuit(Phase phase, int trips, String why) {
    /** Nothing is wrong. */
    static final Circuit CLOSED = new Circuit(Phase.CLOSED, 0, "");

    public Circuit {
        requireNonNull(phase, "phase is null");
        requireNonNull(why, "why is null");
    }

    /** Whether requests go there. */
    public enum Phase {
        /** As many as come. */
        CLOSED,
        /** None, for a while. */
        OPEN,
        /** One at a time: the next outcome decides. */
        TRYING
    }

    Circuit opened(String reason) {
        return new Circuit(Phase.OPEN, trips + 1, reason);
    }

    Circuit tried() {
        return new Circuit(Phase.TRYING, trips, why);
    }

    boolean isOpen() {
        return phase == Phase.OPEN;
    }
}
