package io.shoestring.consensus.ratis;

import static org.apache.ratis.util.LifeCycle.State.CLOSING;

import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.SnapshotFile;
import io.shoestring.consensus.StoreState;
import io.shoestring.consensus.Watchers;

import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.io.netty.util.ResourceLeakDetector;
import org.apache.ratis.util.ExitUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Ratis's server of this node, and what has to be done around it: it is started on a log that was
 * looked through, and started again when it closed itself (as it does after its process was stopped
 * for a minute).
 */
final class Voter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Voter.class);

    /** gRPC tells of its native parts there; held here because loggers are forgotten otherwise. */
    private static final java.util.logging.Logger GRPC =
            java.util.logging.Logger.getLogger("org.apache.ratis.thirdparty");

    private final RatisSettings settings;
    private final RaftGroup group;
    private final Watchers watchers;
    private volatile Running running;
    private volatile boolean closed;
    private boolean removalTold;

    private record Running(RaftServer server, StoreMachine machine, Leadership leadership) {}

    Voter(RatisSettings settings, Watchers watchers) throws ConsensusException {
        this.settings = settings;
        this.group = Group.of(settings);
        this.watchers = watchers;
        // Ratis ends the whole process where it cannot go on; now it throws instead.
        ExitUtils.disableSystemExit();
        GRPC.setLevel(java.util.logging.Level.WARNING);
        // It watches Ratis's buffers, not ours, and costs a tenth of what an idle node costs.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try {
            Files.createDirectories(settings.directory());
            checkDirectory();
            running = start(known());
            SnapshotFile.forceDirectory(settings.directory());
            SnapshotFile.forceDirectory(data());
        } catch (IOException | RuntimeException e) {
            throw new ConsensusException(
                    "The cluster's memory in "
                            + settings.directory()
                            + " cannot be used: "
                            + Causes.of(e),
                    e);
        }
    }

    /**
     * The voters, for a log that does not say who they are. One who joins knows none: two of them
     * would elect each other.
     */
    private RaftGroup known() {
        return settings.start() == RatisSettings.Start.JOIN
                ? RaftGroup.valueOf(group.getGroupId())
                : group;
    }

    /** What is applied on this node. */
    StoreState state() {
        return running.machine().state();
    }

    /** Ratis's server as it runs now. */
    RaftServer server() {
        return running.server();
    }

    /** The voters by this node's log, or who it was told of if its log does not say yet. */
    Collection<RaftPeer> voters() {
        try {
            Collection<RaftPeer> known =
                    running.server()
                            .getDivision(group.getGroupId())
                            .getRaftConf()
                            .getCurrentPeers();
            return known.isEmpty() ? group.getPeers() : known;
        } catch (IOException e) {
            return group.getPeers();
        }
    }

    /** The same, by the addresses that this node reaches them by. */
    Collection<RaftPeer> reached() {
        return voters().stream().map(peer -> Group.reached(settings, peer)).toList();
    }

    /** The term in which this node leads, once it has applied all that earlier terms left. */
    OptionalLong leadingTerm() {
        try {
            var info = running.server().getDivision(group.getGroupId()).getInfo();
            long term = info.getCurrentTerm();
            return info.isLeader() && info.isLeaderReady()
                    ? OptionalLong.of(term)
                    : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** The voters of whom nothing was heard for so long, if this node leads. */
    List<String> unheard(Duration atLeast) {
        try {
            Running now = running;
            return now.leadership().unheard(now.server().getDivision(group.getGroupId()), atLeast);
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Has another one lead; whether it does. */
    boolean handOver(RaftPeerId to, Duration most) throws IOException {
        return running.server()
                .transferLeadership(
                        new TransferLeadershipRequest(
                                ClientId.randomId(),
                                self(),
                                group.getGroupId(),
                                1,
                                to,
                                most.toMillis()))
                .isSuccess();
    }

    boolean isAlive() {
        try {
            return !running.server().getLifeCycleState().isClosingOrClosed()
                    && running.server().getDivision(group.getGroupId()).getInfo().isAlive();
        } catch (IOException e) {
            return false;
        }
    }

    /** Starts the server again if it closed itself, unless the cluster let this node go. */
    synchronized void restartIfClosed() {
        if (closed || isAlive() || running.server().getLifeCycleState() == CLOSING) {
            return;
        }
        if (isRemoved()) {
            if (!removalTold) {
                LOG.info("{} is no voter any more", settings.self());
                removalTold = true;
            }
            return;
        }
        try {
            stop();
            LogTail.mend(data());
            running = start(known());
            LOG.warn("the cluster's memory had stopped on this node and was started again");
        } catch (IOException | RuntimeException e) {
            LOG.error("the cluster's memory stopped on this node: {}", Causes.of(e));
        }
    }

    private boolean isRemoved() {
        return voters().stream().noneMatch(peer -> peer.getId().equals(self()));
    }

    RaftPeerId self() {
        return RaftPeerId.valueOf(settings.self().value());
    }

    private Path data() {
        return settings.directory()
                .resolve(group.getGroupId().getUuid().toString())
                .resolve("current");
    }

    private Running start(RaftGroup known) throws IOException {
        Leadership leadership = new Leadership();
        StoreMachine machine = new StoreMachine(watchers, leadership);
        RaftServer server =
                RaftServer.newBuilder()
                        .setServerId(self())
                        .setGroup(known)
                        .setOption(RaftStorage.StartupOption.RECOVER)
                        .setStateMachine(machine)
                        .setProperties(RatisProperties.server(settings))
                        .setParameters(RatisProperties.server(settings, leadership))
                        .build();
        try {
            server.start();
            return new Running(server, machine, leadership);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void checkDirectory() throws IOException {
        List<String> foreign = new ArrayList<>();
        try (Stream<Path> files = Files.list(settings.directory())) {
            files.filter(Files::isDirectory)
                    .map(each -> each.getFileName().toString())
                    .filter(name -> !name.equals(group.getGroupId().getUuid().toString()))
                    .forEach(foreign::add);
        }
        if (!foreign.isEmpty()) {
            throw new IOException(
                    ("it holds the memory of another cluster than %s. Give this node the directory"
                                    + " that belongs to %s, or an empty one and let it join")
                            .formatted(settings.cluster(), settings.cluster()));
        }
        if (settings.start() == RatisSettings.Start.REOPEN && !Files.exists(data())) {
            throw new IOException(
                    ("it is empty, but %s was a voter before. A voter that forgot what it promised"
                                    + " must not vote: remove it from the cluster and let it join"
                                    + " anew")
                            .formatted(settings.self()));
        }
        if (Files.exists(data())) {
            LogTail.mend(data());
        }
    }

    /** As Ratis does it by itself after a long stop of its process; for tests. */
    void closeServer() throws IOException {
        running.server().close();
    }

    private void stop() {
        try {
            running.server().close();
        } catch (IOException | RuntimeException e) {
            LOG.warn("stopping the cluster's memory: {}", Causes.of(e));
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        stop();
    }
}
