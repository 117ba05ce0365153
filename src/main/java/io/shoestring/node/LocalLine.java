package io.shoestring.node;

import io.shoestring.model.Action;
import io.shoestring.model.MemberName;

import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** To an agent in this process. */
final class LocalLine implements Line {
    private final MemberAgent agent;
    private final long term;
    private final Supplier<OptionalLong> epoch;

    /**
     * @param epoch under which the member holds the lease, as the conductor saw it last
     */
    LocalLine(MemberAgent agent, long term, Supplier<OptionalLong> epoch) {
        this.agent = agent;
        this.term = term;
        this.epoch = epoch;
    }

    @Override
    public MemberName name() {
        return agent.name();
    }

    @Override
    public MemberLook look() {
        return agent.look(term, epoch.get());
    }

    @Override
    public Ending perform(long number, Action.ByAgent action) throws InterruptedException {
        try {
            return agent.perform(term, number, action).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an action ended with an exception", e);
        }
    }

    @Override
    public void onExit(LongConsumer callback) {
        agent.onExit(callback);
    }

    @Override
    public void close() {
        agent.onExit(count -> {});
    }
}
