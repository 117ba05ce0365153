package io.shoestring.consensus.ratis;

import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.TimeoutIOException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.JavaUtils;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Hands what is meant for this node's own server to it directly, and the rest to the network: a
 * leader that asks itself over TLS spends half of a request's time on that. Thread-safe.
 */
final class ShortWay implements RaftClientRpc {
    private final RaftClientRpc network;
    private final RaftPeerId self;
    private final Supplier<RaftServer> server;
    private final Duration attempt;

    /**
     * @param attempt how long one answer is waited for
     */
    ShortWay(
            RaftClientRpc network, RaftPeerId self, Supplier<RaftServer> server, Duration attempt) {
        this.network = network;
        this.self = self;
        this.server = server;
        this.attempt = attempt;
    }

    @Override
    public RaftClientReply sendRequest(RaftClientRequest request) throws IOException {
        return request.getServerId().equals(self) && isPlain(request)
                ? sendHere(request)
                : network.sendRequest(request);
    }

    /** A read or a write. A change of the voters and the like are subclasses, with other doors. */
    private static boolean isPlain(RaftClientRequest request) {
        return request.getClass().equals(RaftClientRequest.class);
    }

    private RaftClientReply sendHere(RaftClientRequest request) throws IOException {
        CompletableFuture<RaftClientReply> reply = server.get().submitClientRequestAsync(request);
        try {
            return reply.get(attempt.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new TimeoutIOException(self + " did not answer within " + attempt, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("nobody waits for the answer any more");
        } catch (ExecutionException e) {
            Throwable cause = JavaUtils.unwrapCompletionException(e);
            throw cause instanceof IOException known ? known : new IOException(cause);
        }
    }

    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {
        network.addRaftPeers(peers);
    }

    @Override
    public boolean handleException(RaftPeerId peer, Throwable failure, boolean reconnect) {
        return !peer.equals(self) && network.handleException(peer, failure, reconnect);
    }

    @Override
    public boolean shouldReconnect(Throwable failure) {
        return network.shouldReconnect(failure);
    }

    @Override
    public void close() throws IOException {
        network.close();
    }
}
