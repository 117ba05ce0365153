package io.shoestring.testing;

import io.shoestring.sandbox.machines.MachineNetwork;

import org.junit.jupiter.api.Assumptions;

/** Machines for a test. */
public final class TestNetwork {
    private TestNetwork() {}

    /** Makes machines of those names; the test is skipped where that is not possible. */
    public static MachineNetwork of(String... names) {
        MachineNetwork.obstacle()
                .ifPresent(why -> Assumptions.abort(why + " Run the tests by ./verify, as root."));
        return MachineNetwork.of(names);
    }
}
