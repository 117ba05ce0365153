package io.shoestring;

import io.shoestring.cluster.channel.NodeChannel;
import io.shoestring.cluster.channel.RefusedException;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ratis.Voters;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.Map;
import java.util.function.Supplier;

/** Takes nodes that have joined into the vote, when they ask for it. */
final class VoteDesk {
    static final String PATH = "/cluster/vote";

    private static final Logger LOG = LoggerFactory.getLogger(VoteDesk.class);
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final Voters voters;
    private final Supplier<Map<NodeName, Endpoint>> addresses;

    private VoteDesk(Voters voters, Supplier<Map<NodeName, Endpoint>> addresses) {
        this.voters = voters;
        this.addresses = addresses;
    }

    static void open(
            NodeChannel channel, Voters voters, Supplier<Map<NodeName, Endpoint>> addresses) {
        VoteDesk desk = new VoteDesk(voters, addresses);
        channel.serve(PATH, (peer, _) -> desk.takeIn(peer));
    }

    /** Whoever asks has not begun to vote: a voter of its name is one that forgot, or another. */
    private JsonNode takeIn(NodeName node) throws RefusedException {
        Endpoint address = addresses.get().get(node);
        if (address == null) {
            throw new RefusedException(
                    "there is no node "
                            + node
                            + " in this node's configuration; add it there, with 'shoestring apply"
                            + " FILE'");
        }
        try {
            if (voters.names().contains(node.value())) {
                voters.remove(node);
            }
            voters.add(node, address);
            LOG.info("node {} votes: {}", node, voters.names());
            return MAPPER.createObjectNode();
        } catch (ConsensusException e) {
            throw new RefusedException(String.valueOf(e.getMessage()));
        }
    }
}
