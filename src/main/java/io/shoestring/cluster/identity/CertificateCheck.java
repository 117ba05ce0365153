package io.shoestring.cluster.identity;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.WallClock;
import io.shoestring.model.NodeName;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Set;

/**
 * Judges the certificates that others show: made by this cluster's authority, for a node, valid
 * now. Each refusal is the end of a sentence that began with who showed it.
 *
 * @param authority the only one that is believed
 */
public record CertificateCheck(X509Certificate authority, WallClock clock) {
    private static final Set<String> USES = Set.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");

    public CertificateCheck {
        requireNonNull(authority, "authority is null");
        requireNonNull(clock, "clock is null");
    }

    /**
     * The node that this certificate proves its owner to be (if he also proves that he has the key:
     * TLS does that).
     *
     * @param chain the certificate, then others, which count for nothing
     * @throws CertificateException that completes "… was refused: "
     */
    public NodeName nodeOf(X509Certificate... chain) throws CertificateException {
        if (chain.length == 0) {
            throw new CertificateException("it showed no certificate");
        }
        X509Certificate shown = chain[0];
        checkCluster(shown);
        checkDates(shown);
        checkUse(shown);
        checkPath(shown);
        return CertificateNames.nodeOf(shown)
                .orElseThrow(() -> new CertificateException("its certificate names no node"));
    }

    private void checkCluster(X509Certificate shown) throws CertificateException {
        try {
            shown.verify(authority.getPublicKey());
        } catch (GeneralSecurityException e) {
            String ours = nameOf(authority);
            throw new CertificateException(
                    "its certificate is of "
                            + nameOf(shown)
                            + ", this node belongs to "
                            + ours
                            + "; if it should belong to this cluster, 'shoestring join' it with an"
                            + " empty cluster.directory",
                    e);
        }
    }

    private static String nameOf(X509Certificate certificate) {
        return CertificateNames.clusterOf(certificate)
                .map(cluster -> "cluster " + cluster)
                .orElseGet(() -> "'" + certificate.getIssuerX500Principal().getName() + "'");
    }

    private void checkDates(X509Certificate shown) throws CertificateException {
        Instant now = clock.now();
        Instant from = shown.getNotBefore().toInstant();
        Instant end = shown.getNotAfter().toInstant();
        if (now.isBefore(from)) {
            throw new CertificateException(
                    "its certificate is valid from %s, but this machine's clock says %s, %s earlier: one of the two clocks is wrong; set both by NTP"
                            .formatted(from, seconds(now), rough(Duration.between(now, from))));
        }
        if (now.isAfter(end)) {
            throw new CertificateException(
                    "its certificate ended at %s, %s ago by this machine's clock (%s); if that clock is right, restart Shoestring on the other machine, which renews its certificate; if not, set the clock by NTP"
                            .formatted(end, rough(Duration.between(end, now)), seconds(now)));
        }
    }

    private static Instant seconds(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS);
    }

    static String rough(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 2 * 3600) {
            return seconds / 60 + " minutes";
        }
        return seconds < 2 * 86_400 ? seconds / 3600 + " hours" : seconds / 86_400 + " days";
    }

    private static void checkUse(X509Certificate shown) throws CertificateException {
        List<String> uses = shown.getExtendedKeyUsage();
        if (shown.getBasicConstraints() >= 0 || uses == null || !uses.containsAll(USES)) {
            throw new CertificateException("its certificate is not one of a node");
        }
    }

    /** What we checked above gives the sentences; this is the whole of RFC 5280, section 6. */
    private void checkPath(X509Certificate shown) throws CertificateException {
        try {
            var parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(clock.now()));
            var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(shown));
            CertPathValidator.getInstance("PKIX").validate(path, parameters);
        } catch (GeneralSecurityException e) {
            throw new CertificateException("its certificate is not sound: " + e.getMessage(), e);
        }
    }
}
