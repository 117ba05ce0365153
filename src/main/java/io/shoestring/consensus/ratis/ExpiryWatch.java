package io.shoestring.consensus.ratis;

import io.shoestring.base.Clock;
import io.shoestring.consensus.Command;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.Expiry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;

/**
 * Ends leases that are not renewed, while this node leads; the waiting it begins before, so that
 * the death of a leader costs no time. A renewal is applied on any node after its holder sent it,
 * and the holder counts from there. Also keeps its voter running.
 */
final class ExpiryWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExpiryWatch.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);

    private final Voter voter;
    private final Proposal proposal;
    private final Thread thread;
    private final Expiry expiry;
    private volatile boolean closed;

    /** How an expiry gets into the log. */
    @FunctionalInterface
    interface Proposal {
        Answer propose(Command command) throws ConsensusException;
    }

    ExpiryWatch(Clock clock, Voter voter, Proposal proposal) {
        this.voter = voter;
        this.proposal = proposal;
        this.expiry = new Expiry(clock);
        this.thread =
                Thread.ofPlatform().daemon().name("consensus-expiry").start(this::lookUntilClosed);
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

    /** Whether it leads is asked first: what it then has applied is all that earlier terms left. */
    private void look() throws ConsensusException {
        boolean leads = voter.leadingTerm().isPresent();
        List<Command.Expire> overdue = expiry.overdue(voter.state());
        if (leads) {
            for (Command.Expire each : overdue) {
                proposal.propose(each);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
