package io.shoestring.node;

import io.shoestring.model.AddressName;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.model.RestartOrder;
import io.shoestring.model.SwitchoverOrder;

import java.util.Optional;

/**
 * What the admin API asks of a node. Commands become desired state in consensus; the loop carries
 * them out.
 */
public interface Operations {
    /** The whole cluster as this node knows it. */
    ClusterStatus status();

    /**
     * Asks for a planned switchover. Returns once it is written down, not once it is done: follow
     * it in the events.
     *
     * @param to the new primary; empty: the best replica
     */
    Reply switchover(DatabaseName database, Optional<MemberName> to);

    /** The same in all its kinds; where there are no others, only the one for now. */
    default Reply switchover(DatabaseName database, SwitchoverOrder order) {
        return order.kind() == SwitchoverOrder.Kind.NOW
                ? switchover(database, order.to())
                : new Reply(false, "That is not known here.", "");
    }

    /**
     * Asks for a rolling restart, or about one. Returns once it is written down: follow it in the
     * status and the events. Where there are no managed databases it is refused.
     */
    default Reply restart(DatabaseName database, RestartOrder order) {
        return new Reply(false, "That is not known here.", "");
    }

    /** Switches automatic actions on a database off or on. */
    Reply pause(DatabaseName database, boolean paused);

    /**
     * Takes a member out of use, or back in: out of use it gets no reads, is never promoted, and
     * nothing is done to it. Refused for the primary.
     */
    Reply offline(DatabaseName database, MemberName member, boolean offline);

    /**
     * Moves an address of readers or of a listener to a node by hand. Where there are no addresses
     * it is refused.
     *
     * @param to empty: it is balanced again
     */
    default Reply moveAddress(AddressName address, Optional<NodeName> to) {
        return new Reply(false, "There are no addresses here.", "");
    }

    /**
     * The answer to a command.
     *
     * @param accepted whether it was written down
     * @param sentence what was accepted, or why not and what to do
     * @param id names the operation that was begun; empty text when none was
     */
    record Reply(boolean accepted, String sentence, String id) {}
}
