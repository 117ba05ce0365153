package io.shoestring.proxy.backend;

import static java.util.Objects.requireNonNull;

import java.util.OptionalInt;

/**
 * What is known and wanted of a server.
 *
 * @param located whether its name has an address
 * @param up what the checks found; true as long as there are none
 * @param why the checks' last word: a clause such as "connection refused"
 * @param sinceNanos when {@code up} last changed, by the node's clock
 * @param administrative what an operator wants
 * @param weight what an operator or the file wants, 0 to 256
 * @param agent what its agent says
 * @param rising whether it came back and gets its share slowly, from {@code sinceNanos} on
 * @param circuit what the traffic found
 */
public record ServerState(
        boolean located,
        boolean up,
        String why,
        long sinceNanos,
        Administrative administrative,
        int weight,
        Agent agent,
        boolean rising,
        Circuit circuit) {
    public ServerState {
        requireNonNull(why, "why is null");
        requireNonNull(administrative, "administrative is null");
        requireNonNull(agent, "agent is null");
        requireNonNull(circuit, "circuit is null");
    }

    /**
     * What the server's agent says of it; only the agent takes it back.
     *
     * @param up false while it says that the server is down
     * @param why the agent's reason
     * @param administrative what it wants
     * @param weightPercent of the configured weight; 0 to 25600
     * @param maxConnections instead of the configured limit
     */
    public record Agent(
            boolean up,
            String why,
            Administrative administrative,
            int weightPercent,
            OptionalInt maxConnections) {
        /** It has said nothing. */
        public static final Agent SILENT =
                new Agent(true, "", Administrative.READY, 100, OptionalInt.empty());

        /** The same, but for whether it is up. */
        public Agent saying(boolean nowUp, String reason) {
            return new Agent(nowUp, reason, administrative, weightPercent, maxConnections);
        }

        public Agent {
            requireNonNull(why, "why is null");
            requireNonNull(administrative, "administrative is null");
            requireNonNull(maxConnections, "maxConnections is null");
        }
    }

    /** The state at the start. */
    static ServerState initial(int weight, long nowNanos) {
        return new ServerState(
                true,
                true,
                "",
                nowNanos,
                Administrative.READY,
                weight,
                Agent.SILENT,
                false,
                Circuit.CLOSED);
    }

    /** Whether nobody wants it out of use. */
    public boolean isWanted() {
        return administrative == Administrative.READY
                && agent.administrative() == Administrative.READY;
    }

    /** Whether it may serve those that are its own: also while it is drained. */
    public boolean servesItsOwn() {
        return isUp() && !isInMaintenance();
    }

    /** Whether it is in maintenance, by an operator or by its agent. */
    public boolean isInMaintenance() {
        return administrative == Administrative.MAINTENANCE
                || agent.administrative() == Administrative.MAINTENANCE;
    }

    /** Whether it can be found, and the checks, the agent and the traffic find it well. */
    public boolean isUp() {
        return located && up && agent.up() && !circuit.isOpen();
    }

    /** Its share beside the others, before it is lowered for a slow start; 0 to 65536. */
    public int effectiveWeight() {
        long share = (long) weight * agent.weightPercent();
        return weight == 0 || agent.weightPercent() == 0 ? 0 : (int) Math.max(1, share / 100);
    }

    ServerState found(boolean nowUp, String reason, long nowNanos, boolean slowly) {
        boolean changed = nowUp != up;
        return new ServerState(
                located,
                nowUp,
                reason,
                changed ? nowNanos : sinceNanos,
                administrative,
                weight,
                agent,
                changed ? nowUp && slowly : rising,
                circuit);
    }

    ServerState located(boolean now) {
        return new ServerState(
                now, up, why, sinceNanos, administrative, weight, agent, rising, circuit);
    }

    ServerState wanted(Administrative wish) {
        return new ServerState(located, up, why, sinceNanos, wish, weight, agent, rising, circuit);
    }

    ServerState weighing(int newWeight) {
        return new ServerState(
                located, up, why, sinceNanos, administrative, newWeight, agent, rising, circuit);
    }

    ServerState told(Agent said) {
        return new ServerState(
                located, up, why, sinceNanos, administrative, weight, said, rising, circuit);
    }

    ServerState risen() {
        return new ServerState(
                located, up, why, sinceNanos, administrative, weight, agent, false, circuit);
    }

    ServerState by(Circuit now) {
        return new ServerState(
                located, up, why, sinceNanos, administrative, weight, agent, rising, now);
    }
}
