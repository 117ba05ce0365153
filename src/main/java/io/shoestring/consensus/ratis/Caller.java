package io.shoestring.consensus.ratis;

import io.shoestring.consensus.ConsensusException;

import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.exceptions.GroupMismatchException;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.SetConfigurationException;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.retry.RetryPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Asks whoever leads. Ratis's client finds the leader and repeats what had no answer; its requests
 * carry a number by which a repeated one has its effect once. This class bounds the time, and
 * follows the voters as they change. Thread-safe.
 */
final class Caller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Caller.class);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(50);

    private final RatisSettings settings;
    private final Supplier<Collection<RaftPeer>> voters;
    private final Duration attempt;
    private final RetryPolicy retries;
    private final Way way;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("consensus-call-", 0).factory());
    private Asking asking;
    private boolean closed;

    /** One question to Ratis. */
    @FunctionalInterface
    interface Call {
        RaftClientReply send(RaftClient client) throws IOException;
    }

    /** How a request travels, given how it would over the network. */
    private interface Way {
        RaftClientRpc over(RaftClientRpc network);
    }

    /** A client and the voters that it was made for. */
    private record Asking(RaftClient client, Set<RaftPeer> voters) {}

    private Caller(
            RatisSettings settings,
            Supplier<Collection<RaftPeer>> voters,
            Duration attempt,
            RetryPolicy retries,
            Way way) {
        this.settings = settings;
        this.voters = voters;
        this.attempt = attempt;
        this.retries = retries;
        this.way = way;
        this.asking = made(Set.copyOf(voters.get()));
    }

    /** One that goes on asking until the time is over; this node's own voter without network. */
    static Caller patient(RatisSettings settings, Voter voter, Duration attempt) {
        return new Caller(
                settings,
                voter::reached,
                attempt,
                RetryPolicies.retryForeverWithSleep(RatisProperties.millis(BETWEEN_ATTEMPTS)),
                network -> new ShortWay(network, voter.self(), voter::server, attempt));
    }

    /** One that asks once. */
    static Caller once(
            RatisSettings settings, Supplier<Collection<RaftPeer>> voters, Duration attempt) {
        return new Caller(
                settings,
                voters,
                attempt,
                RetryPolicies.retryUpToMaximumCountWithFixedSleep(
                        0, RatisProperties.millis(BETWEEN_ATTEMPTS)),
                network -> network);
    }

    /**
     * The answer.
     *
     * @throws TimeoutException if there was none in {@code most}; the effect is unknown then
     * @throws ConsensusException if the answer was that it cannot be done
     */
    RaftClientReply call(Duration most, Call call) throws TimeoutException, ConsensusException {
        RaftClient client = client();
        Future<RaftClientReply> reply = threads.submit(() -> call.send(client));
        try {
            return reply.get(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConsensusException("The call was interrupted; its effect is unknown.", e);
        } catch (ExecutionException e) {
            throw failure(e);
        } finally {
            reply.cancel(true);
        }
    }

    private static ConsensusException failure(ExecutionException e) throws TimeoutException {
        if (e.getCause() instanceof StateMachineException
                || e.getCause() instanceof SetConfigurationException
                || e.getCause() instanceof ReconfigurationInProgressException
                || e.getCause() instanceof GroupMismatchException) {
            return new ConsensusException(
                    "The cluster's memory refused the request: " + Causes.of(e), e);
        }
        LOG.debug("no answer", e);
        throw new TimeoutException(Causes.of(e));
    }

    private synchronized RaftClient client() throws ConsensusException {
        if (closed) {
            throw new ConsensusException("The cluster's memory is closed: the node is stopping.");
        }
        Set<RaftPeer> now = Set.copyOf(voters.get());
        if (!now.equals(asking.voters())) {
            closeQuietly(asking.client());
            asking = made(now);
        }
        return asking.client();
    }

    private Asking made(Set<RaftPeer> now) {
        ClientId id = ClientId.randomId();
        RaftProperties properties = RatisProperties.client(attempt);
        Parameters parameters = RatisProperties.parameters(settings);
        RaftClientRpc network = new GrpcFactory(parameters).newRaftClientRpc(id, properties);
        RaftClient client =
                RaftClient.newBuilder()
                        .setClientId(id)
                        .setRaftGroup(RaftGroup.valueOf(Group.id(settings.cluster()), now))
                        .setClientRpc(way.over(network))
                        .setProperties(properties)
                        .setParameters(parameters)
                        .setRetryPolicy(retries)
                        .build();
        return new Asking(client, now);
    }

    private static void closeQuietly(RaftClient client) {
        try {
            client.close();
        } catch (IOException e) {
            LOG.debug("closing a client", e);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            threads.shutdownNow();
            closeQuietly(asking.client());
        }
    }
}
