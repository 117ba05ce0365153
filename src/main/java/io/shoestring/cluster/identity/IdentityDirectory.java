package io.shoestring.cluster.identity;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.NodeName;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The directory {@code identity} in {@code cluster.directory}: to which cluster this machine
 * belongs, as whom, and the keys that prove it. It appears whole or not at all.
 *
 * <pre>
 *   cluster.json     names and id, for people and for the check at the start
 *   authority.pem    the cluster's certificate          authority.key   its key, secret
 *   node.pem         this node's certificate            node.key        its key, secret
 *   tokens/          join tokens that this node has printed, hashed
 *   begins           how this node's vote begins; gone once it has begun
 * </pre>
 */
public final class IdentityDirectory {
    /**
     * How the vote of a new node begins. Whoever has begun may not begin again: a voter that forgot
     * what it promised is none.
     */
    public enum Beginning {
        /** Alone: this is the cluster's first node. */
        FOUNDS,
        /** The others take it in. */
        JOINS
    }

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final Path owner;
    private final Path root;

    /** Touches nothing yet. */
    public IdentityDirectory(Path clusterDirectory) {
        this.owner = requireNonNull(clusterDirectory, "clusterDirectory is null");
        this.root = clusterDirectory.resolve("identity");
    }

    private record Named(String cluster, UUID id, String node) {}

    /** Whether this machine belongs to a cluster. */
    public boolean exists() {
        return Files.exists(root);
    }

    /**
     * The identity, checked against what the configuration says and against itself; empty if this
     * machine belongs to no cluster.
     *
     * @throws IdentityException that says what does not fit and what to do
     */
    public Optional<NodeIdentity> open(String clusterName, NodeName node) throws IdentityException {
        if (!exists()) {
            return Optional.empty();
        }
        NodeIdentity found = load();
        if (!found.cluster().name().equals(clusterName)) {
            throw new IdentityException(
                    "%s belongs to cluster %s, and the configuration is that of cluster %s: give this cluster a cluster.directory of its own, or correct cluster.name"
                            .formatted(owner, found.cluster(), clusterName));
        }
        if (!found.node().equals(node)) {
            throw new IdentityException(
                    "%s belongs to node %s of cluster %s, and this is node %s: start it with --node %s, or give each node a cluster.directory of its own"
                            .formatted(owner, found.node(), clusterName, node, found.node()));
        }
        return Optional.of(found);
    }

    /**
     * The identity.
     *
     * @throws IdentityException if it cannot be read, or its parts do not belong together
     */
    public NodeIdentity load() throws IdentityException {
        try {
            Named named =
                    MAPPER.readValue(Files.readString(root.resolve("cluster.json")), Named.class);
            NodeIdentity identity =
                    new NodeIdentity(
                            new ClusterId(named.cluster(), named.id()),
                            new NodeName(named.node()),
                            Pem.readPrivateKey(Files.readString(keyFile())),
                            Pem.readCertificate(Files.readString(certificateFile())),
                            Pem.readCertificate(Files.readString(authorityFile())));
            checkTogether(identity);
            return identity;
        } catch (IdentityException e) {
            throw e;
        } catch (IOException | GeneralSecurityException | JacksonException e) {
            throw new IdentityException(
                    "this node's identity in %s cannot be read (%s): put it back from a backup, or move %s away and 'shoestring join' the cluster again"
                            .formatted(root, e.getMessage(), root),
                    e);
        }
    }

    /** A node with parts of two clusters would be refused everywhere, for reasons hard to see. */
    private void checkTogether(NodeIdentity identity) throws IdentityException {
        boolean sameCluster =
                CertificateNames.clusterOf(identity.authority())
                        .equals(Optional.of(identity.cluster()));
        boolean sameNode =
                CertificateNames.nodeOf(identity.certificate())
                        .equals(Optional.of(identity.node()));
        if (!sameCluster || !sameNode || !certifies(identity)) {
            throw new IdentityException(
                    "the files in %s belong to different clusters or nodes: put back those of node %s of cluster %s, or move %s away and 'shoestring join' the cluster again"
                            .formatted(root, identity.node(), identity.cluster(), root));
        }
    }

    private static boolean certifies(NodeIdentity identity) {
        try {
            identity.certificate().verify(identity.authority().getPublicKey());
            return areKeys(identity.key(), identity.certificate());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static boolean areKeys(PrivateKey key, X509Certificate certificate)
            throws GeneralSecurityException {
        byte[] text = {1, 2, 3};
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(text);
        return signature.verify(signed);
    }

    /**
     * The authority with its key.
     *
     * @throws IdentityException if it is not here
     */
    public Authority authority() throws IdentityException {
        try {
            return new Authority(
                    Pem.readCertificate(Files.readString(authorityFile())),
                    Pem.readPrivateKey(Files.readString(root.resolve("authority.key"))));
        } catch (IOException | GeneralSecurityException e) {
            throw new IdentityException(
                    "the key of the cluster's authority in %s cannot be read (%s): put authority.key back from another node"
                            .formatted(root, e.getMessage()),
                    e);
        }
    }

    /**
     * Makes the directory.
     *
     * @param beginning remembered until {@link #begun}
     * @throws IOException if there is one, or it cannot be written
     */
    public void make(NodeIdentity identity, Authority authority, Beginning beginning)
            throws IOException {
        refuseIfTaken();
        refuseIfRemembering();
        PrivateFiles files = PrivateFiles.below(owner);
        Path unfinished = files.emptyDirectory("identity.unfinished");
        ClusterId cluster = identity.cluster();
        Named named = new Named(cluster.name(), cluster.id(), identity.node().value());
        files.write(unfinished.resolve("cluster.json"), MAPPER.writeValueAsString(named) + "\n");
        files.write(unfinished.resolve("authority.pem"), Pem.write(identity.authority()));
        files.write(unfinished.resolve("authority.key"), Pem.write(authority.key()));
        files.write(unfinished.resolve("node.pem"), Pem.write(identity.certificate()));
        files.write(unfinished.resolve("node.key"), Pem.write(identity.key()));
        files.write(unfinished.resolve("begins"), beginning.name() + "\n");
        files.move(unfinished, root);
    }

    /**
     * How this node's vote begins; empty: it has begun already.
     *
     * @throws IdentityException if the file cannot be read
     */
    public Optional<Beginning> beginning() throws IdentityException {
        try {
            return Files.exists(begins())
                    ? Optional.of(Beginning.valueOf(Files.readString(begins()).strip()))
                    : Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            throw new IdentityException(
                    "%s cannot be read (%s): move %s away and 'shoestring join' the cluster again"
                            .formatted(begins(), e.getMessage(), root),
                    e);
        }
    }

    /** The node's vote has begun; it can never begin again. */
    public void begun() throws IOException {
        PrivateFiles.below(owner).remove(begins());
    }

    private Path begins() {
        return root.resolve("begins");
    }

    /**
     * Makes sure that this machine belongs to no cluster.
     *
     * @throws IdentityException that says to which it belongs
     */
    public void refuseIfTaken() throws IdentityException {
        if (exists()) {
            NodeIdentity found = load();
            throw new IdentityException(
                    "%s already belongs to node %s of cluster %s; nothing was changed. If that is over, move %s away"
                            .formatted(owner, found.node(), found.cluster(), root));
        }
    }

    /**
     * Makes sure that nothing here remembers another cluster: not that of a node that ran alone,
     * and not one that this machine has left.
     *
     * @throws IdentityException that says which directory it is
     */
    public void refuseIfRemembering() throws IOException {
        for (String name : List.of("consensus", "voter")) {
            Path memory = owner.resolve(name);
            if (!isEmpty(memory)) {
                throw new IdentityException(
                        "%s holds the memory of a node that ran alone or in another cluster; move it away, or use another cluster.directory"
                                .formatted(memory));
            }
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return true;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    /** Replaces the certificate, whole. */
    public void renew(X509Certificate certificate) throws IOException {
        PrivateFiles.below(owner).replace(certificateFile(), Pem.write(certificate));
    }

    /** The node's certificate, PEM. */
    public Path certificateFile() {
        return root.resolve("node.pem");
    }

    /** The node's key, PEM (PKCS#8), mode 600. */
    public Path keyFile() {
        return root.resolve("node.key");
    }

    /** The certificate of the authority, PEM. */
    public Path authorityFile() {
        return root.resolve("authority.pem");
    }

    /** Where the hashed join tokens are; made when needed. */
    public Path tokens() {
        return root.resolve("tokens");
    }

    /** Writes files here as they must be. */
    public PrivateFiles files() throws IOException {
        return PrivateFiles.below(owner);
    }
}
