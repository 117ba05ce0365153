package io.shoestring.cluster.join;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.WallClock;
import io.shoestring.cluster.channel.NodeChannel;
import io.shoestring.cluster.channel.RefusedException;
import io.shoestring.cluster.identity.Authority;
import io.shoestring.cluster.identity.ClusterId;
import io.shoestring.cluster.identity.IdentityDirectory;
import io.shoestring.cluster.identity.IdentityException;
import io.shoestring.cluster.identity.Pem;
import io.shoestring.cluster.identity.SigningRequest;
import io.shoestring.cluster.join.JoinMessages.Admission;
import io.shoestring.cluster.join.JoinMessages.Application;
import io.shoestring.cluster.join.JoinMessages.Cluster;
import io.shoestring.cluster.join.JoinMessages.Visitor;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;

/** A member's side of a join: whoever brings a good token gets a certificate for a free name. */
public final class JoinDesk {
    private static final Logger LOG = LoggerFactory.getLogger(JoinDesk.class);
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final Duration CLOCKS_APART_MAX = Duration.ofMinutes(1);

    private final NodeChannel channel;
    private final IdentityDirectory directory;
    private final JoinTokens tokens;
    private final Supplier<Offer> offer;
    private final WallClock clock;

    /**
     * What the cluster is at this moment.
     *
     * @param configuration the text of the file
     * @param nodes its nodes with their addresses
     */
    public record Offer(String configuration, Map<NodeName, String> nodes) {
        public Offer {
            requireNonNull(configuration, "configuration is null");
            nodes = Map.copyOf(nodes);
        }
    }

    /** Answers machines that want to join, from now on. */
    public JoinDesk(
            NodeChannel channel,
            IdentityDirectory directory,
            Supplier<Offer> offer,
            WallClock clock) {
        this.channel = requireNonNull(channel, "channel is null");
        this.directory = requireNonNull(directory, "directory is null");
        this.tokens = new JoinTokens(directory);
        this.offer = requireNonNull(offer, "offer is null");
        this.clock = requireNonNull(clock, "clock is null");
        channel.serveStrangers(
                JoinMessages.LOOK, (_, asked) -> look(MAPPER.treeToValue(asked, Visitor.class)));
        channel.serveStrangers(
                JoinMessages.JOIN,
                (_, asked) -> join(MAPPER.treeToValue(asked, Application.class)));
    }

    private JsonNode look(Visitor visitor) throws RefusedException {
        Offer now = offer.get();
        try {
            check(visitor, now);
        } catch (IOException e) {
            throw refused(visitor, e);
        }
        ClusterId cluster = channel.identity().cluster();
        return MAPPER.valueToTree(new Cluster(cluster.name(), cluster.id(), now.configuration()));
    }

    /** The token first: who has none learns nothing. */
    private void check(Visitor visitor, Offer now) throws IOException {
        tokens.check(visitor.token(), visitor.secret(), clock.now());
        checkClock(visitor);
        ClusterId cluster = channel.identity().cluster();
        if (visitor.cluster().filter(name -> !name.equals(cluster.name())).isPresent()) {
            throw new IdentityException(
                    "the configuration there is that of cluster %s, and this is cluster %s; use the other cluster's token, or move that file away"
                            .formatted(visitor.cluster().get(), cluster.name()));
        }
        checkName(new NodeName(visitor.node()), now);
    }

    private void checkClock(Visitor visitor) throws IdentityException {
        Instant here = clock.now();
        Duration ahead = Duration.between(here, visitor.time());
        if (ahead.abs().compareTo(CLOCKS_APART_MAX) > 0) {
            throw new IdentityException(
                    "the new machine's clock is %d s %s: it says %s, node %s says %s; set both by NTP, then join"
                            .formatted(
                                    ahead.abs().toSeconds(),
                                    ahead.isNegative() ? "behind" : "ahead",
                                    visitor.time(),
                                    channel.identity().node(),
                                    here));
        }
    }

    private void checkName(NodeName node, Offer now) throws IdentityException {
        if (!now.nodes().containsKey(node)) {
            throw new IdentityException(
                    "there is no node %s in the cluster's configuration, only %s; add it under cluster.nodes there first"
                            .formatted(node, now.nodes().keySet().stream().sorted().toList()));
        }
        if (node.equals(channel.identity().node()) || channel.isConnected(node)) {
            throw new IdentityException(
                    "node %s is running on another machine; stop it there first, or use another name"
                            .formatted(node));
        }
    }

    private JsonNode join(Application application) throws RefusedException {
        Visitor visitor = application.visitor();
        Offer now = offer.get();
        try {
            SigningRequest request = SigningRequest.read(application.request());
            Authority authority = directory.authority();
            check(visitor, now);
            tokens.use(visitor.token(), visitor.secret(), clock.now());
            NodeName node = new NodeName(visitor.node());
            X509Certificate certificate =
                    authority.certify(
                            request, node, requireNonNull(now.nodes().get(node)), clock.now());
            LOG.info("node {} joins by token {}", node, visitor.token());
            return MAPPER.valueToTree(
                    new Admission(
                            Pem.write(certificate),
                            Pem.write(authority.certificate()),
                            Pem.write(authority.key())));
        } catch (IOException e) {
            throw refused(visitor, e);
        }
    }

    private static RefusedException refused(Visitor visitor, IOException why) {
        String sentence = String.valueOf(why.getMessage());
        LOG.warn("a machine may not join as node {}: {}", visitor.node(), sentence);
        return new RefusedException(sentence);
    }
}
