package io.shoestring.consensus.ratis;

import static java.util.Objects.requireNonNull;

import io.shoestring.consensus.SnapshotFile;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.util.ProtoUtils;
import org.jspecify.annotations.Nullable;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;

/**
 * Ratis over gRPC, with two additions. {@link Leadership} hears what the followers answer; and a
 * vote is not given before the directory that holds it is on the disk. Ratis writes the vote to a
 * new file and renames it, but does not force the directory; a voter that loses power then could
 * come back without its vote, and vote again in the same term. (A candidate's own vote is covered
 * by the entries that it writes when it leads.)
 */
public final class SyncedGrpc implements RpcType {
    @Override
    public String name() {
        return SyncedGrpc.class.getName();
    }

    /** {@code RpcType.valueOf} reads it back by the name of the class. */
    @Override
    public String toString() {
        return name();
    }

    @Override
    public RpcFactory newFactory(Parameters parameters) {
        return new Factory(parameters);
    }

    private static final class Factory extends GrpcFactory {
        private final Leadership leadership;

        Factory(Parameters parameters) {
            super(parameters);
            this.leadership = parameters.getNonNull(Leadership.PARAMETER, Leadership.class);
        }

        @Override
        public LogAppender newLogAppender(
                RaftServer.Division server, LeaderState state, FollowerInfo follower) {
            return leadership.appender(server, state, follower);
        }

        @Override
        public GrpcServices newRaftServerRpc(RaftServer server) {
            return super.newRaftServerRpc(forcingVotes(server));
        }
    }

    private static RaftServer forcingVotes(RaftServer server) {
        return (RaftServer)
                Proxy.newProxyInstance(
                        SyncedGrpc.class.getClassLoader(),
                        new Class<?>[] {RaftServer.class},
                        (_, method, arguments) -> invoke(server, method, arguments));
    }

    private static @Nullable Object invoke(
            RaftServer server, Method method, Object @Nullable [] arguments) throws Throwable {
        Object answer = invoked(server, method, arguments);
        if (arguments != null
                && arguments.length == 1
                && arguments[0] instanceof RequestVoteRequestProto request
                && !request.getPreVote()) {
            SnapshotFile.forceDirectory(directory(server, request));
        }
        return answer;
    }

    private static @Nullable Object invoked(
            RaftServer server, Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(server, arguments);
        } catch (InvocationTargetException e) {
            throw requireNonNull(e.getCause(), "no cause");
        }
    }

    private static Path directory(RaftServer server, RequestVoteRequestProto request)
            throws java.io.IOException {
        RaftGroupId group = ProtoUtils.toRaftGroupId(request.getServerRequest().getRaftGroupId());
        return server.getDivision(group).getRaftStorage().getStorageDir().getCurrentDir().toPath();
    }
}
