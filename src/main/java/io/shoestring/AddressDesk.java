package io.shoestring;

import io.shoestring.address.VirtualAddresses;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.control.AddressMove;
import io.shoestring.model.AddressName;
import io.shoestring.model.NodeName;
import io.shoestring.node.Operations;

import java.util.Optional;

/** An operator's commands about addresses. */
final class AddressDesk {
    private AddressDesk() {}

    static Operations.Reply move(
            Optional<VirtualAddresses> addresses, AddressName name, Optional<NodeName> to) {
        if (addresses.isEmpty()) {
            return new Operations.Reply(false, "No addresses are configured.", "");
        }
        try {
            AddressMove move = addresses.get().move(name, to);
            return new Operations.Reply(move instanceof AddressMove.Possible, move.sentence(), "");
        } catch (ConsensusException e) {
            return new Operations.Reply(false, String.valueOf(e.getMessage()), "");
        }
    }
}
