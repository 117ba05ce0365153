package io.shoestring;

import io.shoestring.cluster.channel.NodeChannel;
import io.shoestring.cluster.identity.IdentityDirectory;
import io.shoestring.cluster.identity.IdentityDirectory.Beginning;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.NodeName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/**
 * The first minutes of a new node's vote: it asks the others until one has taken it in, or, as the
 * first of all, votes for itself. Then it is written down that this can never happen again.
 */
final class VoteStart implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VoteStart.class);
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofSeconds(45);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final ControlStore store;
    private final NodeChannel channel;
    private final Set<NodeName> nodes;
    private final IdentityDirectory directory;
    private final Thread thread;
    private String trouble = "";

    private VoteStart(
            Beginning how,
            ControlStore store,
            NodeChannel channel,
            Set<NodeName> nodes,
            IdentityDirectory directory) {
        this.store = store;
        this.channel = channel;
        this.nodes = Set.copyOf(nodes);
        this.directory = directory;
        this.thread = Thread.ofVirtual().name("vote-start").unstarted(() -> run(how));
    }

    /**
     * Begins to ask.
     *
     * @param nodes all nodes of the cluster
     */
    static VoteStart begin(
            Beginning how,
            ControlStore store,
            NodeChannel channel,
            Set<NodeName> nodes,
            IdentityDirectory directory) {
        VoteStart start = new VoteStart(how, store, channel, nodes, directory);
        start.thread.start();
        return start;
    }

    private void run(Beginning how) {
        try {
            while (!(how == Beginning.FOUNDS ? votesForItself() : isTakenIn())) {
                Thread.sleep(PAUSE);
            }
            directory.begun();
        } catch (IOException e) {
            LOG.error("that this node votes cannot be written down: {}", e.getMessage());
        } catch (InterruptedException e) {
            LOG.debug("the node ends before its vote has begun");
        }
    }

    private boolean votesForItself() {
        try {
            return !store.members().isEmpty();
        } catch (ConsensusException e) {
            complain(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private boolean isTakenIn() throws InterruptedException {
        NodeName self = channel.identity().node();
        for (NodeName node : nodes) {
            if (!node.equals(self) && isTakenInBy(node)) {
                LOG.info("node {} took this one into the vote", node);
                return true;
            }
        }
        return false;
    }

    private boolean isTakenInBy(NodeName node) throws InterruptedException {
        try {
            channel.peer(node).call(VoteDesk.PATH, MAPPER.createObjectNode(), PATIENCE);
            return true;
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            complain(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void complain(String why) {
        if (!why.equals(trouble)) {
            LOG.info("this node does not vote yet: {}", why);
        }
        trouble = why;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
