package io.shoestring.database;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A server of any engine on this machine: an engine is the few verbs below. Here is what they have
 * in common: one action at a time, none of an older epoch, and none that throws.
 *
 * <p>When its main process dies, what it leaves behind is killed at once: orphaned processes are of
 * no use to anybody, but could still acknowledge a commit.
 */
public abstract class EngineMember implements LocalMember {
    private static final Logger LOG = LoggerFactory.getLogger(EngineMember.class);

    private final MemberName name;
    private final AtomicLong newestEpoch = new AtomicLong();
    private final ReentrantLock acting = new ReentrantLock();
    private volatile Runnable exitCallback = () -> {};

    protected EngineMember(MemberName name) {
        this.name = requireNonNull(name, "name is null");
    }

    /** See {@link Action.Promote}; returns what was done, as a sentence, like all of these. */
    protected abstract String promote(long epoch, Set<MemberName> synchronous)
            throws DatabaseException;

    /** See {@link Action.StartPrimary}. */
    protected abstract String startPrimary(long epoch, Set<MemberName> synchronous)
            throws DatabaseException;

    /** See {@link Action.Follow}. */
    protected abstract String follow(MemberSpec upstream, long epoch) throws DatabaseException;

    /** The same with a replica to copy, if a copy is needed; whoever cannot use it needs it not. */
    protected String follow(MemberSpec upstream, Optional<MemberSpec> source, long epoch)
            throws DatabaseException {
        return follow(upstream, epoch);
    }

    /** See {@link Action.Restart}. */
    protected String restart(MemberSpec upstream, long epoch) throws DatabaseException {
        stop();
        return follow(upstream, epoch);
    }

    /** See {@link Action.Cascade}. */
    protected abstract String cascade(MemberSpec upstream, MemberSpec primary, long epoch)
            throws DatabaseException;

    /** See {@link Action.Detach}. */
    protected abstract String detach(long epoch) throws DatabaseException;

    /** See {@link Action.SetSynchronous}. */
    protected abstract String setSynchronous(long epoch, Set<MemberName> names)
            throws DatabaseException;

    /** See {@link Action.Block}. */
    protected abstract String block(long epoch, Set<MemberName> names) throws DatabaseException;

    /** See {@link Action.Checkpoint}. */
    protected abstract String checkpoint() throws DatabaseException;

    /** See {@link Action.Stop}. */
    protected abstract String stop() throws DatabaseException;

    /** See {@link Action.Fence}; may be called while another verb is under way. */
    protected abstract String fence() throws DatabaseException;

    /** Ends what a main process that has just ended left behind. */
    protected abstract void killOrphans() throws DatabaseException;

    @Override
    public final MemberName name() {
        return name;
    }

    @Override
    public final Outcome perform(Action.OnMember action) {
        requireNonNull(action, "action is null");
        // A fence waits for nobody: what is under way may hang on the very server.
        if (action instanceof Action.Fence) {
            return outcome(action);
        }
        acting.lock();
        try {
            return outcome(action);
        } finally {
            acting.unlock();
        }
    }

    private Outcome outcome(Action.OnMember action) {
        try {
            return new Outcome.Done(dispatch(action));
        } catch (DatabaseException e) {
            return new Outcome.Failed(e.sentence());
        } catch (RuntimeException e) {
            LOG.error("A mistake of ours, at {} of member {}", action, name, e);
            return new Outcome.Failed("Member " + name + ": unexpected " + e);
        }
    }

    private String dispatch(Action.OnMember action) throws DatabaseException {
        return switch (action) {
            case Action.Promote promote ->
                    promote(newEnough(promote.epoch()), promote.synchronous());
            case Action.StartPrimary start ->
                    startPrimary(newEnough(start.epoch()), start.synchronous());
            case Action.Follow follow ->
                    follow(follow.upstream(), follow.source(), newEnough(follow.epoch()));
            case Action.Cascade cascade ->
                    cascade(cascade.upstream(), cascade.primary(), newEnough(cascade.epoch()));
            case Action.Detach detach -> detach(newEnough(detach.epoch()));
            case Action.SetSynchronous set -> setSynchronous(newEnough(set.epoch()), set.names());
            case Action.Block block -> block(newEnough(block.epoch()), block.names());
            case Action.Checkpoint ignored -> checkpoint();
            case Action.Restart restart -> restart(restart.upstream(), newEnough(restart.epoch()));
            case Action.Stop ignored -> stop();
            case Action.Fence ignored -> fence();
        };
    }

    /** An order that was overtaken by a newer one must not be carried out. */
    private long newEnough(long epoch) throws DatabaseException {
        long newest = newestEpoch.accumulateAndGet(epoch, Math::max);
        if (epoch < newest) {
            throw new DatabaseException(
                    "An order of epoch "
                            + epoch
                            + " for member "
                            + name
                            + " is too old: it has seen epoch "
                            + newest
                            + ".");
        }
        return epoch;
    }

    /** To be called when the main process of that number has ended. */
    protected final void ended(long pid) {
        // An action that is under way knows itself what it has to end, and what it has started.
        if (acting.tryLock()) {
            try {
                killOrphans();
            } catch (DatabaseException e) {
                LOG.warn("{}", e.sentence());
            } finally {
                acting.unlock();
            }
        }
        LOG.info("The main process {} of member {} has ended", pid, name);
        exitCallback.run();
    }

    /** Something small that no verb may be under way with; false if one is, and it was not done. */
    protected final boolean between(Between work) throws DatabaseException {
        if (!acting.tryLock()) {
            return false;
        }
        try {
            work.run();
            return true;
        } finally {
            acting.unlock();
        }
    }

    /** What is done between two verbs; it must be short, because a verb waits for its end. */
    protected interface Between {
        /** Does it. */
        void run() throws DatabaseException;
    }

    @Override
    public final void onExit(Runnable callback) {
        exitCallback = requireNonNull(callback, "callback is null");
    }
}
