package io.shoestring.proxy.backend;

import io.netty.util.concurrent.EventExecutor;
import io.shoestring.config.BackendConfig;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes a server out of use for a while when its requests fail one after the other, and lets one at
 * a time try it then. Outcomes come from all loops at once; what follows from them is done by one
 * thread.
 *
 * <pre>
 *   closed ── so many failures in a row ──► open ── after a while ──► trying ── success ──► closed
 *                                            ▲                          │
 *                                            └──── failure: longer ─────┘
 * </pre>
 */
final class Breaker implements Outcomes {
    private static final int DOUBLINGS_MAX = 5;

    private final Server server;
    private final EventExecutor timer;
    private final AtomicInteger inARow = new AtomicInteger();

    /**
     * @param timer whose thread does what follows
     */
    Breaker(Server server, EventExecutor timer) {
        this.server = server;
        this.timer = timer;
    }

    @Override
    public void succeeded() {
        // Nothing is written while all is well: each event loop reads the same.
        if (inARow.get() != 0) {
            inARow.set(0);
        }
        if (phase() == Circuit.Phase.TRYING) {
            timer.execute(this::close);
        }
    }

    @Override
    public void failed(String why) {
        Optional<BackendConfig.Breaker> config = server.backend().config().breaker();
        Circuit.Phase now = phase();
        if (config.isEmpty() || now == Circuit.Phase.OPEN) {
            return;
        }
        int count = inARow.incrementAndGet();
        if (now == Circuit.Phase.TRYING) {
            timer.execute(() -> open("the next one failed, too: " + why));
        } else if (count >= config.get().failures()) {
            timer.execute(() -> open(count + " failures in a row, the last: " + why));
        }
    }

    @Override
    public void answeredBadly(String why) {
        failed(why);
    }

    private Circuit.Phase phase() {
        return server.state().circuit().phase();
    }

    private void open(String why) {
        Optional<BackendConfig.Breaker> config = server.backend().config().breaker();
        if (config.isEmpty() || phase() == Circuit.Phase.OPEN) {
            return;
        }
        inARow.set(0);
        if (!server.backend().trip(server, why)) {
            return;
        }
        int doublings = Math.min(server.state().circuit().trips() - 1, DOUBLINGS_MAX);
        timer.schedule(
                this::tryAgain, config.get().out().toMillis() << doublings, TimeUnit.MILLISECONDS);
    }

    private void tryAgain() {
        if (phase() == Circuit.Phase.OPEN) {
            server.backend().circuit(server, server.state().circuit().tried());
        }
    }

    private void close() {
        if (phase() == Circuit.Phase.TRYING) {
            server.backend().circuit(server, Circuit.CLOSED);
        }
    }
}
