package io.shoestring.proxy.backend;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * Somebody who needs a place at a server: a TCP session, or an HTTP request. It is granted a place
 * at once, or waits in the backend's queue and is called later; always on its own event loop.
 *
 * <p>Whoever is granted a place must give it back once, by {@link Server#release}. A claim may be
 * used again when it has been granted or refused, to go to another server after a failure.
 */
public abstract class Claim {
    private enum State {
        IDLE,
        WAITING,
        GRANTED,
        REFUSED,
        CANCELLED
    }

    private final EventLoop loop;
    private final List<Server> tried = new ArrayList<>(0);
    private State state = State.IDLE;
    private @Nullable Server granted;
    private @Nullable Future<?> deadline;
    private long waitingSince;

    /**
     * @param loop where {@link #granted} and {@link #refused} are called
     */
    protected Claim(EventLoop loop) {
        this.loop = requireNonNull(loop, "loop is null");
    }

    /** What a hashing rule decides by; see {@link HashKey}. Asked only when the rule is one. */
    protected abstract long key();

    /**
     * The only server that will do as long as it serves its own, or null. Such a claim waits for a
     * place there even if others are free.
     */
    protected @Nullable Server wanted() {
        return null;
    }

    /** Of those who wait, the highest is first; never changes. */
    protected int priority() {
        return 0;
    }

    /** A place at that server is ours until it is released. On the loop. */
    protected abstract void granted(Server server);

    /** There is no place. On the loop. */
    protected abstract void refused(Refusal why);

    /**
     * Remembers that this server could not be reached, so that the next place is at another one if
     * there is any. On the loop.
     */
    public final void avoid(Server server) {
        tried.add(server);
    }

    /** Gives up waiting; nothing is called afterwards. On the loop. */
    public final void cancel(Backend backend) {
        backend.queue().cancel(this);
    }

    final EventLoop loop() {
        return loop;
    }

    final boolean avoids(Server server) {
        return !tried.isEmpty() && tried.contains(server);
    }

    final void forgetTried() {
        tried.clear();
    }

    final boolean hasTried() {
        return !tried.isEmpty();
    }

    final long waitingSince() {
        return waitingSince;
    }

    // The rest belongs to the queue, and is called while its lock is held.

    final void waitFrom(long nanos) {
        state = State.WAITING;
        waitingSince = nanos;
    }

    final boolean isWaiting() {
        return state == State.WAITING;
    }

    /** Any thread. */
    final void grantLater(Server server) {
        state = State.GRANTED;
        granted = server;
        try {
            loop.execute(this::deliver);
        } catch (RejectedExecutionException _) {
            state = State.CANCELLED;
        }
    }

    /** Any thread. */
    final void refuseLater(Refusal why) {
        state = State.REFUSED;
        try {
            loop.execute(
                    () -> {
                        stopDeadline();
                        if (!isCancelled()) {
                            refused(why);
                        }
                    });
        } catch (RejectedExecutionException _) {
            state = State.CANCELLED;
        }
    }

    final void cancelled() {
        state = State.CANCELLED;
    }

    final boolean isCancelled() {
        return state == State.CANCELLED;
    }

    /** Whether an answer is on its way to the loop. */
    final boolean isAnswered() {
        return state == State.GRANTED || state == State.REFUSED;
    }

    final void deadline(Future<?> timer) {
        deadline = timer;
    }

    final void stopDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void deliver() {
        Server server = requireNonNull(granted, "nothing was granted");
        granted = null;
        stopDeadline();
        if (isCancelled()) {
            server.release();
        } else {
            state = State.IDLE;
            granted(server);
        }
    }
}
