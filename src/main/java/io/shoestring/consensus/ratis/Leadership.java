package io.shoestring.consensus.ratis;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;

import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Confirms that this server leads: a majority has answered a message that was made after the
 * question (Ongaro's dissertation, §6.4). Thread-safe.
 *
 * <p>Ratis 3.3 can do that too, but not well enough for a cluster's memory. It answers a read
 * without asking anybody if nothing was written since the last one, so that a leader that was
 * deposed without knowing it tells what is old; and it forgets a heartbeat that is asked for while
 * one is being sent, so that now and then a read waits half a second for the next.
 */
final class Leadership {
    /** Under this name Ratis carries it to where the appenders are made. */
    static final String PARAMETER = "shoestring.leadership";

    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** A heartbeat may be forgotten: it is asked for again. */
    private static final long AGAIN_MILLIS = 10;

    private final Clock clock = Clock.system();
    private final Map<RaftPeerId, Follower> followers = new HashMap<>();

    /** What this server sends a follower with while it leads; every term makes them anew. */
    LogAppender appender(RaftServer.Division server, LeaderState state, FollowerInfo info) {
        Follower follower = new Follower(state);
        GrpcLogAppender appender = new GrpcLogAppender(server, follower, info);
        follower.appender = appender;
        synchronized (this) {
            followers.put(info.getId(), follower);
        }
        return appender;
    }

    /**
     * Waits until it is confirmed, for a second at most; whether it was.
     *
     * @throws InterruptedException if the caller is interrupted
     */
    synchronized boolean confirm(RaftServer.Division server) throws InterruptedException {
        long term = server.getInfo().getCurrentTerm();
        Map<RaftPeerId, Long> asked = new HashMap<>();
        followers.forEach((peer, follower) -> asked.put(peer, follower.appender().getCallId()));
        long end = clock.nanos() + PATIENCE.toNanos();
        while (!isConfirmed(server, asked)) {
            if (end - clock.nanos() <= 0 || !leads(server, term)) {
                return false;
            }
            followers.values().forEach(follower -> follower.appender().triggerHeartbeat());
            wait(AGAIN_MILLIS);
        }
        return leads(server, term);
    }

    /** The voters of whom nothing was heard for so long, if this server leads. */
    synchronized List<String> unheard(RaftServer.Division server, Duration atLeast) {
        long limit = clock.nanos() - atLeast.toNanos();
        if (!server.getInfo().isLeaderReady()) {
            return List.of();
        }
        return server.getRaftConf().getCurrentPeers().stream()
                .map(RaftPeer::getId)
                .filter(peer -> followers.containsKey(peer))
                .filter(peer -> requireNonNull(followers.get(peer)).heardNanos - limit < 0)
                .map(RaftPeerId::toString)
                .toList();
    }

    private static boolean leads(RaftServer.Division server, long term) {
        return server.getInfo().isLeader() && server.getInfo().getCurrentTerm() == term;
    }

    /** While the voters change, of the old ones a majority too. */
    private boolean isConfirmed(RaftServer.Division server, Map<RaftPeerId, Long> asked) {
        RaftConfiguration voters = server.getRaftConf();
        RaftPeerId self = server.getId();
        return isMajority(voters.getCurrentPeers(), self, asked)
                && (voters.getPreviousPeers().isEmpty()
                        || isMajority(voters.getPreviousPeers(), self, asked));
    }

    private boolean isMajority(
            Collection<RaftPeer> voters, RaftPeerId self, Map<RaftPeerId, Long> asked) {
        long answered =
                voters.stream()
                        .map(RaftPeer::getId)
                        .filter(peer -> peer.equals(self) || hasAnswered(peer, asked))
                        .count();
        return answered > voters.size() / 2;
    }

    private boolean hasAnswered(RaftPeerId peer, Map<RaftPeerId, Long> asked) {
        Follower follower = followers.get(peer);
        Long first = asked.get(peer);
        return follower != null && first != null && follower.newestAnswered >= first;
    }

    private synchronized void answered(Follower follower, long callId) {
        follower.newestAnswered = Math.max(follower.newestAnswered, callId);
        follower.heardNanos = clock.nanos();
        notifyAll();
    }

    /** Hears what one follower answers. */
    private final class Follower implements LeaderState {
        private final LeaderState state;
        private @Nullable GrpcLogAppender appender;
        private long newestAnswered = -1;
        private long heardNanos = clock.nanos();

        Follower(LeaderState state) {
            this.state = state;
        }

        GrpcLogAppender appender() {
            return requireNonNull(appender, "it was not made");
        }

        @Override
        public void onAppendEntriesReply(LogAppender from, AppendEntriesReplyProto reply) {
            if (reply.getResult() != AppendResult.NOT_LEADER) {
                answered(this, reply.getServerReply().getCallId());
            }
            state.onAppendEntriesReply(from, reply);
        }

        @Override
        public void restart(LogAppender from) {
            state.restart(from);
        }

        @Override
        public AppendEntriesRequestProto newAppendEntriesRequestProto(
                FollowerInfo to, List<LogEntryProto> entries, TermIndex previous, long callId) {
            return state.newAppendEntriesRequestProto(to, entries, previous, callId);
        }

        @Override
        public void checkHealth(FollowerInfo of) {
            state.checkHealth(of);
        }

        @Override
        public boolean onFollowerTerm(FollowerInfo of, long term) {
            return state.onFollowerTerm(of, term);
        }

        @Override
        public void onFollowerCommitIndex(FollowerInfo of, long index) {
            state.onFollowerCommitIndex(of, index);
        }

        @Override
        public void onFollowerSuccessAppendEntries(FollowerInfo of) {
            state.onFollowerSuccessAppendEntries(of);
        }

        @Override
        public boolean isFollowerBootstrapping(FollowerInfo of) {
            return state.isFollowerBootstrapping(of);
        }
    }
}
