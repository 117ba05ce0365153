package io.shoestring.consensus.ratis;

import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/** Our names in Ratis's words. */
final class Group {
    private Group() {}

    static RaftGroup of(RatisSettings settings) {
        return RaftGroup.valueOf(
                id(settings.cluster()),
                settings.peers().entrySet().stream()
                        .map(peer -> peer(peer.getKey(), peer.getValue()))
                        .toList());
    }

    static RaftGroupId id(String cluster) {
        byte[] name = ("shoestring cluster " + cluster).getBytes(StandardCharsets.UTF_8);
        return RaftGroupId.valueOf(UUID.nameUUIDFromBytes(name));
    }

    /** The log says who votes; by which address this node reaches it, the settings know better. */
    static RaftPeer reached(RatisSettings settings, RaftPeer voter) {
        NodeName name = new NodeName(voter.getId().toString());
        return Optional.ofNullable(settings.peers().get(name))
                .map(address -> peer(name, address))
                .orElse(voter);
    }

    static RaftPeer peer(NodeName name, Endpoint address) {
        return RaftPeer.newBuilder().setId(name.value()).setAddress(address.toString()).build();
    }
}
