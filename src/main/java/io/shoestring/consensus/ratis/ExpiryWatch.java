package io.shoestring.consensus.ratis;

import io.shoestring.base.Clock;
import io.shoestring.consensus.Command;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.Expiry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** While this node leads: ends leases that are not renewed. Also keeps its voter running. */
final class ExpiryWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExpiryWatch.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    private final Clock clock;
    private final Voter voter;
    private final Proposal proposal;
    private final Thread thread;
    private Optional<Leading> leading = Optional.empty();
    private volatile boolean closed;

    /** How an expiry gets into the log. */
    @FunctionalInterface
    interface Proposal {
        Answer propose(Command command) throws ConsensusException;
    }

    /** The waiting of one term; the next term's begins anew. */
    private record Leading(long term, Expiry expiry) {}

    ExpiryWatch(Clock clock, Voter voter, Proposal proposal) {
        this.clock = clock;
        this.voter = voter;
        this.proposal = proposal;
        this.thread = Thread.ofVirtual().name("consensus-expiry").start(this::lookUntilClosed);
    }

    private void lookUntilClosed() {
        while (!closed) {
            try {
                Thread.sleep(BETWEEN_LOOKS);
                voter.restartIfClosed();
                look();
            } catch (InterruptedException e) {
                return;
            } catch (ConsensusException e) {
                if (!closed) {
                    LOG.warn("a lease that ran out was not ended: {}", e.getMessage());
                }
            } catch (RuntimeException e) {
                LOG.error("watching over leases", e);
            }
        }
    }

    private void look() throws ConsensusException {
        OptionalLong term = voter.leadingTerm();
        if (term.isEmpty()) {
            leading = Optional.empty();
            return;
        }
        if (leading.isEmpty() || leading.get().term() != term.getAsLong()) {
            leading = Optional.of(new Leading(term.getAsLong(), new Expiry(clock)));
        }
        for (Command.Expire overdue : leading.get().expiry().overdue(voter.state())) {
            proposal.propose(overdue);
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
