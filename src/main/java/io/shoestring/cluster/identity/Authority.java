package io.shoestring.cluster.identity;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.NodeName;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.UUID;

/**
 * The cluster's certificate authority: whoever has its key can make nodes of this cluster.
 *
 * <p>Certificates are valid from a day before they are made, so that a clock that is hours behind
 * cuts nobody off.
 *
 * @param certificate public, signed by itself
 * @param key secret
 */
public record Authority(X509Certificate certificate, PrivateKey key) {
    /** How long a node's certificate is valid. It is renewed when half of that is over. */
    public static final Duration NODE_LIFETIME = Duration.ofDays(366);

    private static final Duration AUTHORITY_LIFETIME = Duration.ofDays(40 * 365L);
    private static final Duration BACKDATED = Duration.ofDays(1);
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final int SERIAL_BITS = 127;

    public Authority {
        requireNonNull(certificate, "certificate is null");
        requireNonNull(key, "key is null");
    }

    /** Makes the authority of a new cluster. */
    public static Authority make(ClusterId cluster, Instant now) {
        KeyPair keys = newKeys();
        X500Name name = CertificateNames.ofAuthority(cluster);
        try {
            var builder = builder(name, name, keys.getPublic(), now, AUTHORITY_LIFETIME);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return new Authority(sign(builder, keys.getPrivate()), keys.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("cannot make a certificate authority", e);
        }
    }

    /** A new P-256 key, for a node to keep. */
    public static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }

    /** The cluster that this is the authority of. */
    public ClusterId cluster() {
        return CertificateNames.clusterOf(certificate).orElseThrow();
    }

    /**
     * Certifies that whoever has the request's key is that node.
     *
     * @param address of the node by the configuration; programs that know it only by its address
     *     (consensus) check it
     */
    public X509Certificate certify(
            SigningRequest request, NodeName node, String address, Instant now) {
        return certify(request.key(), node, address, now, NODE_LIFETIME);
    }

    /** Certifies a key for a chosen time, counted from {@code now}. */
    public X509Certificate certify(
            PublicKey holder, NodeName node, String address, Instant now, Duration lifetime) {
        try {
            X500Name issuer = CertificateNames.ofAuthority(cluster());
            var builder = builder(issuer, CertificateNames.ofNode(node), holder, now, lifetime);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(
                            new KeyPurposeId[] {
                                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                            }));
            builder.addExtension(
                    Extension.subjectAlternativeName, false, alternatives(node, address));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate));
            return sign(builder, key);
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("cannot certify node " + node, e);
        }
    }

    private static GeneralNames alternatives(NodeName node, String address) {
        return new GeneralNames(
                new GeneralName[] {
                    new GeneralName(
                            GeneralName.uniformResourceIdentifier, CertificateNames.uriOf(node)),
                    new GeneralName(GeneralName.dNSName, node.value()),
                    new GeneralName(
                            isLiteral(address) ? GeneralName.iPAddress : GeneralName.dNSName,
                            withoutZone(address))
                });
    }

    private static boolean isLiteral(String address) {
        try {
            InetAddress.ofLiteral(withoutZone(address));
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String withoutZone(String address) {
        int percent = address.indexOf('%');
        return percent < 0 ? address : address.substring(0, percent);
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, PublicKey holder, Instant now, Duration lifetime)
            throws GeneralSecurityException, IOException {
        var builder =
                new JcaX509v3CertificateBuilder(
                        issuer,
                        new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE),
                        Date.from(now.minus(BACKDATED)),
                        Date.from(now.plus(lifetime)),
                        subject,
                        holder);
        builder.addExtension(
                Extension.subjectKeyIdentifier,
                false,
                new JcaX509ExtensionUtils().createSubjectKeyIdentifier(holder));
        return builder;
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey by)
            throws GeneralSecurityException, OperatorCreationException {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(by)));
    }

    @Override
    public String toString() {
        return "Authority[" + cluster() + ", key hidden]";
    }

    /** A new identity of a cluster. */
    public static ClusterId newCluster(String name) {
        return new ClusterId(name, UUID.randomUUID());
    }
}
