package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.OptionalLong;

/** What a node shall do about one address. */
public sealed interface AddressStep {
    /** One sentence: why. */
    String reason();

    /**
     * Have it on the machine.
     *
     * @param untilNanos when it must be gone unless a later decision says otherwise, on the node's
     *     {@code Clock}; empty: nobody else may have it, so it stays
     */
    record Hold(long epoch, OptionalLong untilNanos, String reason) implements AddressStep {
        public Hold {
            requireNonNull(untilNanos, "untilNanos is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** Not have it on the machine. */
    record Leave(String reason) implements AddressStep {
        public Leave {
            requireNonNull(reason, "reason is null");
        }
    }

    /** Not have it on the machine, and ask consensus for the right to it. */
    record Ask(String reason) implements AddressStep {
        public Ask {
            requireNonNull(reason, "reason is null");
        }
    }

    /** Take it from the machine, and after that give the right of that epoch back. */
    record GiveBack(long epoch, String reason) implements AddressStep {
        public GiveBack {
            requireNonNull(reason, "reason is null");
        }
    }
}
