package io.shoestring.admin;

import io.shoestring.admin.api.ConfigurationReply;
import io.shoestring.admin.api.ConfigurationRequest;

import java.util.List;

/** Who brings a new configuration to the whole cluster. */
public interface Configurations {
    /** None can be changed here. */
    Configurations FIXED =
            (request, who) ->
                    new ConfigurationReply(
                            false,
                            "The configuration of this node cannot be changed while it runs.",
                            0,
                            List.of(),
                            List.of(),
                            List.of());

    /**
     * Has it checked by every node, commits it, and waits until they work by it. Blocks for up to a
     * minute.
     *
     * @param who asks
     */
    ConfigurationReply apply(ConfigurationRequest request, String who);
}
