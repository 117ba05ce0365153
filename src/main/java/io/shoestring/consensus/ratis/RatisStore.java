package io.shoestring.consensus.ratis;

import io.shoestring.base.Clock;
import io.shoestring.consensus.Command;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.StoreFormat;
import io.shoestring.consensus.StoreState;
import io.shoestring.consensus.Watchers;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;

import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Consensus of the nodes themselves: a replicated log with {@link StoreState} on it. A write is on
 * the disks of a majority when its call returns; a read is answered by whoever leads, after a
 * majority confirmed that it still does. Thread-safe.
 *
 * <p>Time does not enter the state. Each node waits for a lease to run out from when it saw the
 * renewal applied, and the one that leads proposes the end; that is compared with the state when
 * its turn in the log comes.
 */
public final class RatisStore implements ControlStore {
    private static final Logger LOG = LoggerFactory.getLogger(RatisStore.class);

    /** Of a call's time, for finding out who did not answer. */
    private static final Duration EXPLAINING = Duration.ofMillis(800);

    private static final Duration HANDING_OVER = Duration.ofSeconds(1);
    private static final Duration ATTEMPT = Duration.ofMillis(1_500);
    private static final String EFFECT_UNKNOWN = " Whether the change was made is not known.";

    private final Duration patience;
    private final Watchers watchers = new Watchers();
    private final Voter voter;
    private final Caller caller;
    private final Caller asking;
    private final Silence silence;
    private final ExpiryWatch expiry;
    private final Voters voters;

    private RatisStore(RatisSettings settings, Clock clock) throws ConsensusException {
        this.patience = settings.timeout().minus(EXPLAINING);
        this.voter = new Voter(settings, watchers);
        this.caller = Caller.patient(settings, voter, ATTEMPT);
        this.asking = Caller.once(settings, voter::reached, EXPLAINING);
        this.silence = new Silence(asking, voter, EXPLAINING);
        this.voters = new Voters(settings, voter, silence);
        this.expiry = new ExpiryWatch(clock, voter, this::propose);
    }

    /**
     * Starts this node's voter. Returns without waiting for the others: until a majority is there
     * calls fail, saying who is missing.
     *
     * @param clock for the waiting before a lease is ended
     * @throws ConsensusException if the directory or the address cannot be used; the message says
     *     what to do
     */
    public static RatisStore open(RatisSettings settings, Clock clock) throws ConsensusException {
        return new RatisStore(settings, clock);
    }

    @Override
    public Optional<Entry> get(String key) throws ConsensusException {
        return ask(Question.What.KEY, key).get(key);
    }

    @Override
    public List<Entry> list(String prefix) throws ConsensusException {
        return ask(Question.What.PREFIX, prefix).list(prefix);
    }

    @Override
    public boolean commit(Transaction transaction) throws ConsensusException {
        return propose(new Command.Put(transaction.expected(), transaction.puts())).done();
    }

    @Override
    public Optional<Sight> commitAndLook(Transaction transaction, String key, String resource)
            throws ConsensusException {
        Answer answer = propose(new Command.Put(transaction.expected(), transaction.puts()));
        String written = transaction.puts().get(key);
        if (!answer.done() || written == null || answer.after().isEmpty()) {
            return answer.done() ? Optional.of(look(key, resource)) : Optional.empty();
        }
        StoreState after =
                StoreFormat.readState(answer.after()).orElseThrow(RatisStore::otherVersion);
        return Optional.of(
                new Sight(
                        Optional.of(new Entry(key, written, answer.index())),
                        after.holding(resource)));
    }

    /** From what is acknowledged before this call; if nobody can say, from what is known here. */
    @Override
    public AutoCloseable watch(String prefix, Consumer<Entry> watcher) {
        long after = voter.state().index();
        try {
            after = ask(Question.What.INDEX, "").index();
        } catch (ConsensusException e) {
            LOG.debug("watching from what is known here: {}", e.getMessage());
        }
        return watchers.add(prefix, after, watcher);
    }

    @Override
    public Optional<Holding> holding(String resource) throws ConsensusException {
        return ask(Question.What.LEASE, resource).holding(resource);
    }

    @Override
    public Sight look(String key, String resource) throws ConsensusException {
        StoreState seen = ask(Question.of(key, resource));
        return new Sight(seen.get(key), seen.holding(resource));
    }

    @Override
    public Optional<Lease> grant(String resource, String holder, Duration duration)
            throws ConsensusException {
        Answer answer = propose(new Command.Grant(resource, holder, duration.toMillis()));
        return answer.done()
                ? Optional.of(new Lease(answer.index(), new MemberName(holder)))
                : Optional.empty();
    }

    @Override
    public boolean renew(String resource, Lease lease) throws ConsensusException {
        return propose(new Command.Renew(resource, lease.epoch())).done();
    }

    @Override
    public boolean release(String resource, Lease lease) throws ConsensusException {
        return propose(new Command.Release(resource, lease.epoch())).done();
    }

    @Override
    public Optional<Lease> pass(String resource, Lease lease, String next, Duration duration)
            throws ConsensusException {
        Answer answer =
                propose(new Command.Pass(resource, lease.epoch(), next, duration.toMillis()));
        return answer.done()
                ? Optional.of(new Lease(answer.index(), new MemberName(next)))
                : Optional.empty();
    }

    @Override
    public boolean expire(String resource, Holding holding) throws ConsensusException {
        return propose(new Command.Expire(resource, holding.lease().epoch(), holding.renewal()))
                .done();
    }

    @Override
    public boolean leaseMayDiffer(String resource, Optional<Lease> known) {
        return !voter.state().lease(resource).equals(known);
    }

    @Override
    public boolean entryMayDiffer(String key, long known) {
        return voter.state().get(key).map(Entry::revision).orElse(0L) != known;
    }

    @Override
    public List<String> members() throws ConsensusException {
        ask(Question.What.INDEX, "");
        return voters.names();
    }

    @Override
    public List<String> unheard(Duration atLeast) {
        return voter.unheard(atLeast);
    }

    @Override
    public boolean handOver(String to) throws ConsensusException {
        try {
            return voter.handOver(RaftPeerId.valueOf(to), HANDING_OVER);
        } catch (IOException e) {
            throw new ConsensusException(to + " does not lead: " + Causes.of(e), e);
        }
    }

    /** Takes voters in and lets them go, one at a time. */
    public Voters voters() {
        return voters;
    }

    /** Whether this node leads the consensus; only for those who look. */
    public boolean isLeading() {
        return voter.leadingTerm().isPresent();
    }

    /** For tests: what Ratis does by itself when its process was stopped for a minute. */
    void closeServer() throws IOException {
        voter.closeServer();
    }

    @Override
    public void close() {
        expiry.close();
        voters.close();
        caller.close();
        asking.close();
        voter.close();
        watchers.close();
    }

    private Answer propose(Command command) throws ConsensusException {
        String text = StoreFormat.write(command);
        if (text.getBytes(StandardCharsets.UTF_8).length > RatisProperties.LONGEST_COMMAND) {
            throw new ConsensusException(
                    "A change is longer than the "
                            + RatisProperties.LONGEST_COMMAND
                            + " bytes that the cluster's memory takes at once; nothing was"
                            + " changed.");
        }
        return Answer.parse(
                call(client -> client.io().send(Message.valueOf(text)), EFFECT_UNKNOWN));
    }

    private StoreState ask(Question.What what, String name) throws ConsensusException {
        return ask(new Question(what, name));
    }

    private StoreState ask(Question question) throws ConsensusException {
        Message message = Message.valueOf(question.text());
        String text = call(client -> client.io().sendReadOnly(message), "");
        return StoreFormat.readState(text).orElseThrow(RatisStore::otherVersion);
    }

    private static ConsensusException otherVersion() {
        return new ConsensusException("A voter gave an answer of another version.");
    }

    private String call(Caller.Call call, String effect) throws ConsensusException {
        try {
            RaftClientReply reply = caller.call(patience, call);
            return reply.getMessage().getContent().toString(StandardCharsets.UTF_8);
        } catch (TimeoutException e) {
            throw silence.explain(patience, effect);
        }
    }
}
