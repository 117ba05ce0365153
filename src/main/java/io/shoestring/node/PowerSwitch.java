package io.shoestring.node;

import io.shoestring.database.Outcome;
import io.shoestring.model.NodeName;

/** Switches whole machines off. */
@FunctionalInterface
public interface PowerSwitch {
    /**
     * Makes sure that the machine of {@code node} is off; blocks until this is certain, or has
     * failed.
     *
     * @throws InterruptedException if this thread was interrupted; whether it is off is not known
     *     then
     */
    Outcome off(NodeName node) throws InterruptedException;

    /** There is none. */
    static PowerSwitch none() {
        return node -> new Outcome.Failed("there is no fence command in the configuration.");
    }
}
