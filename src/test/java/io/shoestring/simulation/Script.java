package io.shoestring.simulation;

import io.shoestring.database.Outcome;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** An action that takes time: steps one after the other, between which it can be cut off. */
final class Script {
    private static final int WAIT_LIMIT_MILLIS = 5_000;
    private static final int POLL_MILLIS = 10;

    /** Time as the process has it that runs a script: frozen, it does nothing. */
    interface Gate {
        int between(int low, int high);

        void afterMillis(long millis, Runnable what);
    }

    private sealed interface Step {
        record Act(int lowMillis, int highMillis, Runnable what) implements Step {}

        record Await(BooleanSupplier condition, String otherwise) implements Step {}

        record Branch(Supplier<Script> choice) implements Step {}
    }

    private final List<Step> steps = new ArrayList<>();

    Script act(int lowMillis, int highMillis, Runnable what) {
        steps.add(new Step.Act(lowMillis, highMillis, what));
        return this;
    }

    Script await(BooleanSupplier condition, String otherwise) {
        steps.add(new Step.Await(condition, otherwise));
        return this;
    }

    Script branch(Supplier<Script> choice) {
        steps.add(new Step.Branch(choice));
        return this;
    }

    /** Runs it for as long as {@code alive} says so; then nothing more happens at all. */
    void run(Gate world, BooleanSupplier alive, BooleanSupplier fails, Consumer<Outcome> ended) {
        next(world, 0, alive, fails, ended);
    }

    private void next(
            Gate world,
            int at,
            BooleanSupplier alive,
            BooleanSupplier fails,
            Consumer<Outcome> ended) {
        if (!alive.getAsBoolean()) {
            return;
        }
        if (at == steps.size()) {
            ended.accept(new Outcome.Done("done"));
            return;
        }
        if (fails.getAsBoolean()) {
            ended.accept(new Outcome.Failed("it failed by chance at step " + at));
            return;
        }
        Runnable onward = () -> next(world, at + 1, alive, fails, ended);
        switch (steps.get(at)) {
            case Step.Act act ->
                    world.afterMillis(
                            world.between(act.lowMillis(), act.highMillis()),
                            () -> {
                                if (alive.getAsBoolean()) {
                                    act.what().run();
                                    onward.run();
                                }
                            });
            case Step.Await wait -> poll(world, wait, 0, alive, onward, ended);
            case Step.Branch branch ->
                    branch.choice()
                            .get()
                            .run(
                                    world,
                                    alive,
                                    fails,
                                    outcome -> {
                                        if (outcome instanceof Outcome.Done) {
                                            onward.run();
                                        } else {
                                            ended.accept(outcome);
                                        }
                                    });
        }
    }

    private static void poll(
            Gate world,
            Step.Await wait,
            int waitedMillis,
            BooleanSupplier alive,
            Runnable onward,
            Consumer<Outcome> ended) {
        if (!alive.getAsBoolean()) {
            return;
        }
        if (wait.condition().getAsBoolean()) {
            onward.run();
        } else if (waitedMillis >= WAIT_LIMIT_MILLIS) {
            ended.accept(new Outcome.Failed(wait.otherwise()));
        } else {
            world.afterMillis(
                    POLL_MILLIS,
                    () -> poll(world, wait, waitedMillis + POLL_MILLIS, alive, onward, ended));
        }
    }
}
