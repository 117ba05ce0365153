package io.shoestring.consensus;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import java.util.Map;

/** One entry of the replicated log: what {@link StoreState#apply} is fed with. No time in here. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "do")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Command.Put.class, name = "put"),
    @JsonSubTypes.Type(value = Command.Grant.class, name = "grant"),
    @JsonSubTypes.Type(value = Command.Renew.class, name = "renew"),
    @JsonSubTypes.Type(value = Command.Release.class, name = "release"),
    @JsonSubTypes.Type(value = Command.Pass.class, name = "pass"),
    @JsonSubTypes.Type(value = Command.Expire.class, name = "expire")
})
public sealed interface Command {
    /** Writes {@code puts} if every key has the expected revision (0: does not exist). */
    record Put(Map<String, Long> expected, Map<String, String> puts) implements Command {
        public Put {
            expected = Map.copyOf(expected);
            puts = Map.copyOf(puts);
        }
    }

    /**
     * Grants the resource if nobody holds it.
     *
     * @param durationMillis how long whoever watches over expiry waits without a renewal
     */
    record Grant(String resource, String holder, long durationMillis) implements Command {
        public Grant {
            requireNonNull(resource, "resource is null");
            requireNonNull(holder, "holder is null");
        }
    }

    /** Keeps the lease of this epoch alive. */
    record Renew(String resource, long epoch) implements Command {
        public Renew {
            requireNonNull(resource, "resource is null");
        }
    }

    /** Ends the lease of this epoch. */
    record Release(String resource, long epoch) implements Command {
        public Release {
            requireNonNull(resource, "resource is null");
        }
    }

    /** Ends the lease of this epoch and grants the resource to the next holder, both or neither. */
    record Pass(String resource, long epoch, String next, long durationMillis) implements Command {
        public Pass {
            requireNonNull(resource, "resource is null");
            requireNonNull(next, "next is null");
        }
    }

    /** Ends the lease of this epoch if it was not renewed after log index {@code renewal}. */
    record Expire(String resource, long epoch, long renewal) implements Command {
        public Expire {
            requireNonNull(resource, "resource is null");
        }
    }
}
