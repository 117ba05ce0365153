package io.shoestring.network.tls;

import static java.util.Objects.requireNonNull;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an authority has issued to this cluster, and how this node proves to it that a name leads
 * here. Immutable.
 *
 * @param byName the certificates that there are already, by the name that each is for
 * @param names all that certificates are wanted for, in lower case
 * @param thumbprint of the key of the cluster's account (RFC 8555 section 8.1); empty: there is no
 *     account yet
 */
public record IssuedCertificates(
        Map<String, Issued> byName, Set<String> names, Optional<String> thumbprint) {
    /** None are wanted. */
    public static final IssuedCertificates NONE =
            new IssuedCertificates(Map.of(), Set.of(), Optional.empty());

    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    public IssuedCertificates {
        byName = Map.copyOf(byName);
        names = Set.copyOf(names);
        requireNonNull(thumbprint, "thumbprint is null");
    }

    /**
     * One certificate and its key.
     *
     * @param chain the certificate first, then those that signed it
     */
    public record Issued(PrivateKey key, List<X509Certificate> chain) {
        public Issued {
            requireNonNull(key, "key is null");
            chain = List.copyOf(chain);
        }

        @Override
        public String toString() {
            return "certificate " + chain.getFirst().getSerialNumber().toString(16);
        }
    }

    /**
     * What to answer the authority that asks {@code host} for a token (RFC 8555 section 8.3); empty
     * if that is none of ours. The answer is the same for every token but for the token itself, so
     * each node can give it, whichever ordered the certificate.
     */
    public Optional<String> answer(String host, String token) {
        return thumbprint
                .filter(_ -> names.contains(host) && TOKEN.matcher(token).matches())
                .map(print -> token + "." + print);
    }
}
