package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.cluster.identity.Fingerprint;
import io.shoestring.model.Endpoint;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.util.Optional;

/**
 * A machine without a certificate that asks a node of a cluster whose authority it knows by its
 * fingerprint. Each question makes a connection of its own.
 */
public final class Stranger {
    private final Endpoint node;
    private final Fingerprint authority;

    /** Asks nobody yet. */
    public Stranger(Endpoint node, Fingerprint authority) {
        this.node = requireNonNull(node, "node is null");
        this.authority = requireNonNull(authority, "authority is null");
    }

    /**
     * Asks and waits.
     *
     * @throws PeerException with a sentence; also when another cluster answers there
     */
    public JsonNode ask(String path, JsonNode question, Duration deadline) throws PeerException {
        WallClock wallClock = WallClock.system();
        var dialer = new Dialer(ChannelLimits.STANDARD, Clock.system());
        var tls = ChannelTls.of(authority, wallClock);
        try (OutgoingLink link = dialer.dial(node, Optional.empty(), tls)) {
            byte[] body = JsonMapper.shared().writeValueAsBytes(question);
            return link.call(path, body, deadline);
        }
    }
}
