package io.shoestring.consensus.ratis;

import io.shoestring.consensus.ConsensusException;

import org.apache.ratis.protocol.RaftPeer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

/** Finds out which voters do not answer, and says it in a sentence. */
final class Silence {
    private final Caller caller;
    private final Voter voter;
    private final Duration most;

    Silence(Caller caller, Voter voter, Duration most) {
        this.caller = caller;
        this.voter = voter;
        this.most = most;
    }

    /**
     * Asks each voter by itself, which needs no majority; takes a little more than {@code most}.
     */
    ConsensusException explain(Duration waited, String effect) {
        List<RaftPeer> voters =
                voter.reached().stream()
                        .sorted(Comparator.comparing(peer -> peer.getId().toString()))
                        .toList();
        List<String> silent = silent(voters);
        int needed = voters.size() / 2 + 1;
        String beginning =
                "The cluster's memory gave no answer within %.1f s: "
                        .formatted(waited.toMillis() / 1000.0);
        if (voters.size() - silent.size() < needed) {
            return new ConsensusException(
                    ("%s%d of %d voters are needed, and there is no answer from %s. Start what is"
                                    + " down, or mend the network between them.%s")
                            .formatted(
                                    beginning,
                                    needed,
                                    voters.size(),
                                    String.join(", ", silent),
                                    effect));
        }
        return new ConsensusException(
                "%senough voters answer, but none of them leads yet; it is tried again.%s"
                        .formatted(beginning, effect));
    }

    private List<String> silent(Collection<RaftPeer> voters) {
        Map<String, Future<Boolean>> asked = new TreeMap<>();
        List<String> silent = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (RaftPeer peer : voters) {
                String name = peer.getId() + " (" + peer.getAddress() + ")";
                asked.put(name, threads.submit(() -> answers(peer)));
            }
        }
        asked.forEach(
                (name, answers) -> {
                    if (answers.state() != Future.State.SUCCESS || !answers.resultNow()) {
                        silent.add(name);
                    }
                });
        return silent;
    }

    private boolean answers(RaftPeer peer) {
        if (peer.getId().equals(voter.self())) {
            return voter.isAlive();
        }
        try {
            return caller.call(
                            most,
                            client -> {
                                var api = client.getGroupManagementApi(peer.getId());
                                return api.info(client.getGroupId());
                            })
                    .isSuccess();
        } catch (TimeoutException | ConsensusException e) {
            return false;
        }
    }
}
