package io.shoestring.secrets;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.network.tls.TicketSecrets;
import io.shoestring.secrets.Vault.Kept;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Keeps this node's secrets of session tickets the same as those of the others. Whichever node sees
 * first that it is time makes the next one. While consensus cannot be asked, what was known goes
 * on; a node that has never reached it has secrets of its own. One thread of its own.
 */
public final class TicketKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TicketKeeper.class);
    private static final String KEY = "tls/tickets";

    /** Far less than a secret waits before it is used. */
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(30);

    private static final Duration AFTER_TROUBLE = Duration.ofSeconds(2);

    private final Vault vault;
    private final Published<TicketSecrets> secrets;
    private final WallClock clock;
    private final Thread thread;
    private Kept<TicketRing> known = new Kept<>(Optional.empty(), 0);

    private TicketKeeper(Vault vault, Published<TicketSecrets> secrets, WallClock clock) {
        this.vault = requireNonNull(vault, "vault is null");
        this.secrets = requireNonNull(secrets, "secrets is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.thread = Thread.ofVirtual().name("ticket-keeper").unstarted(this::keep);
    }

    /**
     * Begins.
     *
     * @param secrets where listeners find them
     */
    public static TicketKeeper start(
            Vault vault, Published<TicketSecrets> secrets, WallClock clock) {
        TicketKeeper keeper = new TicketKeeper(vault, secrets, clock);
        keeper.thread.start();
        return keeper;
    }

    private void keep() {
        try {
            while (true) {
                Thread.sleep(look());
            }
        } catch (InterruptedException _) {
            // Closed.
        }
    }

    private Duration look() {
        Instant now = clock.now();
        if (isGood(known, now) && !vault.mayDiffer(KEY, known.revision())) {
            return BETWEEN_LOOKS;
        }
        try {
            Kept<TicketRing> kept = vault.read(KEY, TicketRing.class);
            if (isGood(kept, now)) {
                use(kept);
                return BETWEEN_LOOKS;
            }
            TicketRing next =
                    kept.value()
                            .map(ring -> ring.turned(now))
                            .orElseGet(() -> TicketRing.begin(now));
            // Whoever lost reads what the winner wrote.
            vault.replace(KEY, kept, next);
            return Duration.ZERO;
        } catch (ConsensusException e) {
            LOG.debug("session tickets: {}", e.toString());
            return AFTER_TROUBLE;
        }
    }

    private static boolean isGood(Kept<TicketRing> kept, Instant now) {
        return kept.value().filter(ring -> !ring.isDue(now)).isPresent();
    }

    private void use(Kept<TicketRing> kept) {
        if (kept.revision() != known.revision()) {
            known = kept;
            secrets.publish(kept.value().orElseThrow().inUse());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
