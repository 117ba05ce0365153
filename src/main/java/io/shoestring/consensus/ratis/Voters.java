package io.shoestring.consensus.ratis;

import io.shoestring.consensus.ConsensusException;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who votes, and how that changes: one voter at a time, and only if the voters are still those that
 * the change was decided on. A newcomer has to run already ({@link RatisSettings.Start#JOIN}); it
 * is given the log first, and votes when it has it.
 */
public final class Voters implements AutoCloseable {
    /** More voters make every write slower and nothing safer; other nodes need not vote. */
    public static final int MOST = 7;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Voter voter;
    private final Caller caller;
    private final Silence silence;
    private final ReentrantLock changing = new ReentrantLock();

    Voters(RatisSettings settings, Voter voter, Silence silence) {
        this.voter = voter;
        this.silence = silence;
        this.caller = Caller.patient(settings, voter, PATIENCE);
    }

    /** Their names, in order; by this node's log, which may be behind. */
    public List<String> names() {
        return voter.voters().stream().map(peer -> peer.getId().toString()).sorted().toList();
    }

    /**
     * Takes {@code name} in; returns when it votes. Nothing happens if it does already.
     *
     * @throws ConsensusException if there would be more than {@link #MOST}, if it does not answer,
     *     or if there is no majority
     */
    public void add(NodeName name, Endpoint address) throws ConsensusException {
        change(
                now -> {
                    List<RaftPeer> next = without(now, name);
                    next.add(Group.peer(name, address));
                    if (next.size() > MOST) {
                        throw new ConsensusException(
                                "There are "
                                        + now.size()
                                        + " voters, and more than "
                                        + MOST
                                        + " are not of use: let "
                                        + name
                                        + " run without a vote.");
                    }
                    return next;
                });
    }

    /**
     * Lets {@code name} go; it may be down. Nothing happens if it does not vote.
     *
     * @throws ConsensusException if it is the last one, or there is no majority
     */
    public void remove(NodeName name) throws ConsensusException {
        change(
                now -> {
                    List<RaftPeer> next = without(now, name);
                    if (next.isEmpty()) {
                        throw new ConsensusException(
                                name + " is the only voter; add another one before it goes.");
                    }
                    return next;
                });
    }

    /** Takes the newcomer in, then lets the old one go: never fewer voters than before. */
    public void replace(NodeName old, NodeName name, Endpoint address) throws ConsensusException {
        add(name, address);
        remove(old);
    }

    @FunctionalInterface
    private interface Change {
        List<RaftPeer> of(List<RaftPeer> now) throws ConsensusException;
    }

    private void change(Change change) throws ConsensusException {
        changing.lock();
        try {
            List<RaftPeer> now = List.copyOf(voter.voters());
            List<RaftPeer> next = change.of(now);
            if (!same(now, next)) {
                set(now, next);
            }
        } finally {
            changing.unlock();
        }
    }

    private void set(List<RaftPeer> now, List<RaftPeer> next) throws ConsensusException {
        SetConfigurationRequest.Arguments arguments =
                SetConfigurationRequest.Arguments.newBuilder()
                        .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                        .setServersInCurrentConf(now)
                        .setServersInNewConf(next)
                        .build();
        try {
            caller.call(PATIENCE, client -> client.admin().setConfiguration(arguments));
        } catch (TimeoutException e) {
            throw silence.explain(PATIENCE, " Whether the voters were changed is not known.");
        }
    }

    private static List<RaftPeer> without(List<RaftPeer> peers, NodeName name) {
        RaftPeerId gone = RaftPeerId.valueOf(name.value());
        List<RaftPeer> rest = new ArrayList<>(peers);
        rest.removeIf(peer -> peer.getId().equals(gone));
        return rest;
    }

    private static boolean same(List<RaftPeer> some, List<RaftPeer> others) {
        return some.size() == others.size()
                && some.stream()
                        .allMatch(
                                one ->
                                        others.stream()
                                                .anyMatch(
                                                        other ->
                                                                other.getId().equals(one.getId())
                                                                        && other.getAddress()
                                                                                .equals(
                                                                                        one
                                                                                                .getAddress())));
    }

    @Override
    public void close() {
        caller.close();
    }
}
