package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ratis.Voters;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Takes the vote from nodes that are in the configuration no more, one after the other. */
final class FormerVoters implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FormerVoters.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

    private final Voters voters;
    private final Supplier<Map<NodeName, Endpoint>> configured;
    private final Permission permission;
    private final Thread thread =
            Thread.ofVirtual().name("former-voters").unstarted(this::runUntilInterrupted);

    /** Whether this node is the one to do it, at this moment. */
    @FunctionalInterface
    interface Permission {
        boolean given() throws ConsensusException;
    }

    /**
     * @param configured who is to vote
     */
    FormerVoters(
            Voters voters, Supplier<Map<NodeName, Endpoint>> configured, Permission permission) {
        this.voters = requireNonNull(voters, "voters is null");
        this.configured = requireNonNull(configured, "configured is null");
        this.permission = requireNonNull(permission, "permission is null");
    }

    void start() {
        thread.start();
    }

    private void runUntilInterrupted() {
        try {
            while (true) {
                Thread.sleep(BETWEEN_LOOKS);
                look();
            }
        } catch (InterruptedException e) {
            LOG.debug("the node ends");
        }
    }

    private void look() {
        Optional<NodeName> former =
                voters.names().stream()
                        .map(NodeName::new)
                        .filter(name -> !configured.get().containsKey(name))
                        .findFirst();
        try {
            if (former.isPresent() && permission.given()) {
                voters.remove(former.get());
                LOG.info("{} votes no more: {}", former.get(), voters.names());
            }
        } catch (ConsensusException e) {
            LOG.warn("{} has the vote still: {}", former, e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
