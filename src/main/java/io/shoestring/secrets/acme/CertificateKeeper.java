package io.shoestring.secrets.acme;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.config.AcmeConfig;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.network.tls.IssuedCertificates;
import io.shoestring.network.tls.IssuedCertificates.Issued;
import io.shoestring.secrets.Vault;
import io.shoestring.secrets.Vault.Kept;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Sees to it that there is a certificate for each name that listeners want one for, and that every
 * node shows the same. All nodes look; the one that writes first that it tries is the one that
 * does. One thread of its own.
 */
public final class CertificateKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateKeeper.class);
    private static final String ACCOUNT = "acme/account";
    private static final String ATTEMPT = "acme/attempt/";
    private static final String CERTIFICATE = "acme/certificate/";

    /** Who is told what became of a certificate. */
    public interface Chronicle {
        /** There is one, or another one. */
        void issued(String text);

        /** There is none yet, or the old one goes on. */
        void failed(String text);
    }

    /**
     * What is wanted.
     *
     * @param authority who issues; empty: nothing is wanted
     * @param names in lower case
     */
    public record Wanted(Optional<AcmeConfig> authority, Set<String> names) {
        public Wanted {
            requireNonNull(authority, "authority is null");
            names = Set.copyOf(names);
        }
    }

    private final String node;
    private final Vault vault;
    private final Published<IssuedCertificates> issued;
    private final Chronicle chronicle;
    private final WallClock clock;
    private final Duration cadence;
    private final Map<String, Kept<StoredCertificate>> known = new HashMap<>();
    private final Map<String, Issued> ready = new HashMap<>();
    private final Thread thread;
    private volatile Wanted wanted;

    private CertificateKeeper(
            String node,
            Vault vault,
            Published<IssuedCertificates> issued,
            Chronicle chronicle,
            WallClock clock,
            Duration cadence,
            Wanted wanted) {
        this.node = requireNonNull(node, "node is null");
        this.vault = requireNonNull(vault, "vault is null");
        this.issued = requireNonNull(issued, "issued is null");
        this.chronicle = requireNonNull(chronicle, "chronicle is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.cadence = requireNonNull(cadence, "cadence is null");
        this.wanted = requireNonNull(wanted, "wanted is null");
        this.thread = Thread.ofVirtual().name("certificate-keeper").unstarted(this::keep);
    }

    /**
     * Begins.
     *
     * @param node the name of this one
     * @param issued where listeners find what there is
     * @param cadence the time between two looks; every node has looked within twice as long
     */
    public static CertificateKeeper start(
            String node,
            Vault vault,
            Published<IssuedCertificates> issued,
            Chronicle chronicle,
            WallClock clock,
            Duration cadence,
            Wanted wanted) {
        var keeper = new CertificateKeeper(node, vault, issued, chronicle, clock, cadence, wanted);
        keeper.thread.start();
        return keeper;
    }

    /** Something else is wanted from the next look on. */
    public void become(Wanted next) {
        wanted = requireNonNull(next, "next is null");
    }

    private void keep() {
        try {
            while (true) {
                look();
                Thread.sleep(cadence);
            }
        } catch (InterruptedException _) {
            // Closed.
        }
    }

    private void look() throws InterruptedException {
        Wanted now = wanted;
        if (now.authority().isEmpty() || now.names().isEmpty()) {
            issued.publish(IssuedCertificates.NONE);
            return;
        }
        try {
            look(new Authority(now.authority().get()), now.names());
        } catch (ConsensusException e) {
            LOG.debug("certificates: {}", e.toString());
        } catch (IOException e) {
            LOG.warn("certificates: {}", e.getMessage());
        }
    }

    private void look(Authority authority, Set<String> names)
            throws ConsensusException, IOException, InterruptedException {
        Optional<StoredAccount> account = account(authority);
        Optional<String> thumbprint =
                account.isPresent()
                        ? Optional.of(Authority.thumbprint(account.get()))
                        : Optional.empty();
        publish(names, thumbprint);
        // Whichever node the authority asks has to know the account by then.
        if (account.isEmpty() || !isSettled(account.get())) {
            return;
        }
        for (String name : names) {
            if (isWanted(authority, name) && tries(authority, name)) {
                attempt(authority, account.get(), name);
                publish(names, thumbprint);
            }
        }
    }

    private boolean isSettled(StoredAccount account) {
        return Duration.between(account.made(), clock.now())
                        .abs()
                        .compareTo(cadence.multipliedBy(2))
                > 0;
    }

    private void publish(Set<String> names, Optional<String> thumbprint) throws ConsensusException {
        for (String name : names) {
            refresh(name);
        }
        ready.keySet().retainAll(names);
        known.keySet().retainAll(names);
        IssuedCertificates next = new IssuedCertificates(ready, names, thumbprint);
        if (!next.equals(issued.get())) {
            issued.publish(next);
        }
    }

    private void refresh(String name) throws ConsensusException {
        Kept<StoredCertificate> before = known.get(name);
        if (before != null && !vault.mayDiffer(CERTIFICATE + name, before.revision())) {
            return;
        }
        Kept<StoredCertificate> kept = vault.read(CERTIFICATE + name, StoredCertificate.class);
        if (before != null && before.revision() == kept.revision()) {
            return;
        }
        known.put(name, kept);
        if (kept.value().isPresent()) {
            try {
                ready.put(name, kept.value().get().issued());
            } catch (GeneralSecurityException | IOException e) {
                LOG.warn("the certificate for {} in consensus: {}", name, e.toString());
            }
        }
    }

    // ------------------------------------------------------------------ the account

    private Optional<StoredAccount> account(Authority authority)
            throws ConsensusException, IOException {
        Kept<StoredAccount> kept = vault.read(ACCOUNT, StoredAccount.class);
        Optional<StoredAccount> there =
                kept.value().filter(it -> it.directory().equals(authority.directory()));
        return there.isPresent() ? there : register(authority, kept);
    }

    private Optional<StoredAccount> register(Authority authority, Kept<StoredAccount> before)
            throws ConsensusException, IOException {
        if (!tries(authority, "")) {
            return Optional.empty();
        }
        try {
            KeyPair key = KeyText.make();
            var account =
                    new StoredAccount(
                            authority.directory(),
                            authority.register(key),
                            KeyText.of(key),
                            clock.now());
            vault.replace(ACCOUNT, before, account);
            ended(authority, "", Optional.empty());
            LOG.info("account {} at {}", account.location(), authority.directory());
            return Optional.of(account);
        } catch (IOException e) {
            ended(
                    authority,
                    "",
                    Optional.of(
                            "no account at %s, and so no certificates: %s"
                                    .formatted(authority.directory(), e.getMessage())));
            return Optional.empty();
        }
    }

    // ------------------------------------------------------------------ a certificate

    private boolean isWanted(Authority authority, String name) {
        Kept<StoredCertificate> kept = known.get(name);
        boolean another =
                kept != null
                        && kept.value()
                                .filter(it -> !it.directory().equals(authority.directory()))
                                .isPresent();
        Optional<X509Certificate> have =
                Optional.ofNullable(ready.get(name)).map(it -> it.chain().getFirst());
        return another || RenewalRule.isWanted(have, clock.now());
    }

    private void attempt(Authority authority, StoredAccount account, String name)
            throws ConsensusException, InterruptedException {
        try {
            Issued made = authority.order(account, name);
            Kept<StoredCertificate> before =
                    vault.read(CERTIFICATE + name, StoredCertificate.class);
            vault.replace(
                    CERTIFICATE + name, before, StoredCertificate.of(authority.directory(), made));
            ended(authority, name, Optional.empty());
            X509Certificate certificate = made.chain().getFirst();
            chronicle.issued(
                    "certificate for %s issued by %s, valid until %s"
                            .formatted(
                                    name,
                                    certificate.getIssuerX500Principal().getName(),
                                    certificate.getNotAfter().toInstant()));
        } catch (IOException e) {
            ended(
                    authority,
                    name,
                    Optional.of("no certificate for %s: %s".formatted(name, e.getMessage())));
        }
    }

    // ------------------------------------------------------------------ attempts

    /** Whether this node is the one that tries. */
    private boolean tries(Authority authority, String name) throws ConsensusException {
        Kept<Attempt> last = vault.read(ATTEMPT + name, Attempt.class);
        Instant now = clock.now();
        return RenewalRule.mayTry(last.value(), authority.directory(), now)
                && vault.replace(
                        ATTEMPT + name,
                        last,
                        new Attempt(
                                node, authority.directory(), now, false, failures(last.value())));
    }

    private static int failures(Optional<Attempt> last) {
        return last.map(Attempt::failures).orElse(0);
    }

    private void ended(Authority authority, String name, Optional<String> why)
            throws ConsensusException {
        Kept<Attempt> mine = vault.read(ATTEMPT + name, Attempt.class);
        int failures = why.isPresent() ? failures(mine.value()) + 1 : 0;
        var ended = new Attempt(node, authority.directory(), clock.now(), true, failures);
        vault.replace(ATTEMPT + name, mine, ended);
        why.ifPresent(
                text ->
                        chronicle.failed(
                                "%s (tried again in %d min)"
                                        .formatted(text, RenewalRule.pause(ended).toMinutes())));
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
