package io.shoestring.cluster.join;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.WallClock;
import io.shoestring.cluster.channel.PeerException;
import io.shoestring.cluster.channel.Stranger;
import io.shoestring.cluster.identity.Authority;
import io.shoestring.cluster.identity.ClusterId;
import io.shoestring.cluster.identity.Fingerprint;
import io.shoestring.cluster.identity.IdentityDirectory;
import io.shoestring.cluster.identity.IdentityException;
import io.shoestring.cluster.identity.NodeIdentity;
import io.shoestring.cluster.identity.Pem;
import io.shoestring.cluster.identity.SigningRequest;
import io.shoestring.cluster.join.JoinMessages.Admission;
import io.shoestring.cluster.join.JoinMessages.Application;
import io.shoestring.cluster.join.JoinMessages.Cluster;
import io.shoestring.cluster.join.JoinMessages.Visitor;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;

/**
 * The new machine's side of a join, in two steps: look (nothing is used up, so everything that can
 * be checked on this machine is checked between the two), then join.
 */
public final class JoinRequest {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final JoinToken token;
    private final NodeName node;
    private final WallClock clock;
    private final Stranger member;

    /**
     * A request that was not sent yet.
     *
     * @param node whom this machine wants to be
     * @param member where a node of the cluster listens
     */
    public JoinRequest(JoinToken token, NodeName node, Endpoint member, WallClock clock) {
        this.token = requireNonNull(token, "token is null");
        this.node = requireNonNull(node, "node is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.member = new Stranger(member, token.authority());
    }

    /** The cluster to join, and the text of its configuration. */
    public record Found(ClusterId cluster, String configuration) {}

    /**
     * Asks what the cluster is.
     *
     * @param clusterName that the file on this machine names, if there is one
     * @throws PeerException with the sentence of the refusal
     */
    public Found look(Optional<String> clusterName) throws PeerException {
        var answer =
                MAPPER.treeToValue(
                        member.ask(
                                JoinMessages.LOOK,
                                MAPPER.valueToTree(visitor(clusterName)),
                                PATIENCE),
                        Cluster.class);
        return new Found(new ClusterId(answer.name(), answer.id()), answer.configuration());
    }

    private Visitor visitor(Optional<String> clusterName) {
        return new Visitor(token.id(), token.secret(), node.value(), clusterName, clock.now());
    }

    /**
     * Makes a key on this machine, has it certified, and makes the identity's directory.
     *
     * @throws IOException with a sentence; the token may be used up then
     */
    public NodeIdentity join(Found found, IdentityDirectory directory) throws IOException {
        directory.refuseIfTaken();
        KeyPair keys = Authority.newKeys();
        Application application =
                new Application(
                        visitor(Optional.of(found.cluster().name())), SigningRequest.write(keys));
        Admission admission =
                MAPPER.treeToValue(
                        member.ask(JoinMessages.JOIN, MAPPER.valueToTree(application), PATIENCE),
                        Admission.class);
        try {
            X509Certificate authority = Pem.readCertificate(admission.authority());
            if (!Fingerprint.of(authority).equals(token.authority())) {
                throw new IdentityException(
                        "the answer carries another authority than the token; get a new token");
            }
            NodeIdentity identity =
                    new NodeIdentity(
                            found.cluster(),
                            node,
                            keys.getPrivate(),
                            Pem.readCertificate(admission.certificate()),
                            authority);
            directory.make(
                    identity,
                    new Authority(authority, Pem.readPrivateKey(admission.authorityKey())),
                    IdentityDirectory.Beginning.JOINS);
            return identity;
        } catch (GeneralSecurityException e) {
            throw new IdentityException("the member's answer cannot be read", e);
        }
    }
}
