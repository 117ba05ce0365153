package io.shoestring.cluster.identity;

import io.shoestring.model.NodeName;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;

import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * How clusters and nodes are called in certificates. A node's name is a URI among the subject's
 * alternative names: a host name there could be another node's name.
 */
final class CertificateNames {
    private static final String NODE = "urn:shoestring:node:";
    private static final String ORGANISATION = "Shoestring";
    private static final int URI = 6;

    private CertificateNames() {}

    static X500Name ofAuthority(ClusterId cluster) {
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, ORGANISATION)
                .addRDN(BCStyle.OU, cluster.id().toString())
                .addRDN(BCStyle.CN, cluster.name())
                .build();
    }

    static X500Name ofNode(NodeName node) {
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, ORGANISATION)
                .addRDN(BCStyle.CN, node.value())
                .build();
    }

    static String uriOf(NodeName node) {
        return NODE + node.value();
    }

    /** The node that a certificate was made for. */
    static Optional<NodeName> nodeOf(X509Certificate certificate) {
        return alternatives(certificate).stream()
                .filter(name -> name.getFirst().equals(URI))
                .map(name -> String.valueOf(name.get(1)))
                .filter(uri -> uri.startsWith(NODE))
                .map(uri -> new NodeName(uri.substring(NODE.length())))
                .findFirst();
    }

    private static Collection<List<?>> alternatives(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null ? List.of() : names;
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    /** Whether the certificate says that its node has that address. */
    static boolean names(X509Certificate certificate, String address) {
        return alternatives(certificate).stream()
                .map(name -> String.valueOf(name.get(1)))
                .anyMatch(name -> canonical(name).equals(canonical(address)));
    }

    /** One spelling for each IPv6 address, without its zone. */
    private static String canonical(String address) {
        int percent = address.indexOf('%');
        String bare = percent < 0 ? address : address.substring(0, percent);
        try {
            return InetAddress.ofLiteral(bare).getHostAddress();
        } catch (IllegalArgumentException e) {
            return bare.toLowerCase(Locale.ROOT);
        }
    }

    /** The cluster that issued a certificate; empty if it was nobody of Shoestring. */
    static Optional<ClusterId> clusterOf(X509Certificate certificate) {
        try {
            var name = new LdapName(certificate.getIssuerX500Principal().getName());
            return Optional.of(new ClusterId(part(name, "CN"), UUID.fromString(part(name, "OU"))))
                    .filter(_ -> part(name, "O").equals(ORGANISATION));
        } catch (InvalidNameException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String part(LdapName name, String type) {
        return name.getRdns().stream()
                .filter(each -> each.getType().equalsIgnoreCase(type))
                .map(Rdn::getValue)
                .map(String::valueOf)
                .findFirst()
                .orElse("");
    }
}
