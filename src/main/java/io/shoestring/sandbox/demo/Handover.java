package io.shoestring.sandbox.demo;

import io.shoestring.model.DatabaseStatus;
import io.shoestring.node.Operations.Reply;
import io.shoestring.sandbox.bank.BankLoad;
import io.shoestring.sandbox.demo.Act.Kind;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** A planned switchover, asked for as an operator does. */
final class Handover {
    private static final long SECONDS_MAX = 30;
    private static final int TRIES_MAX = 3;
    private static final long GIVEN_UP_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final Scene scene;
    private final BankLoad load;
    private final Diary diary;
    private final Watch watch;
    private OptionalLong askedAtNanos = OptionalLong.empty();

    Handover(Scene scene, BankLoad load, Diary diary, Watch watch) {
        this.scene = scene;
        this.load = load;
        this.diary = diary;
        this.watch = watch;
    }

    /** Empty if it was never accepted. */
    Optional<Act> to(String target) throws InterruptedException {
        boolean switched = false;
        for (int tries = 1; tries <= TRIES_MAX && !switched; tries++) {
            switched = ask(target) && becomesPrimary(target);
        }
        if (!switched) {
            diary.write("the switchover did not take place");
            return act(OptionalLong.empty());
        }
        diary.write("writes go on, on " + target);
        String other = watch.other(target);
        load.replicaIsThere(false);
        OptionalLong recovered =
                watch.millisUntil(
                        askedAtNanos.orElseThrow(), SECONDS_MAX, () -> watch.isReplica(other));
        load.replicaIsThere(recovered.isPresent());
        diary.write(other + (recovered.isPresent() ? " streams" : " does NOT stream") + " again");
        return act(recovered);
    }

    private Optional<Act> act(OptionalLong recovered) {
        return askedAtNanos.isPresent()
                ? Optional.of(
                        new Act(
                                Kind.SWITCHOVER,
                                askedAtNanos.getAsLong(),
                                load.nowNanos(),
                                recovered))
                : Optional.empty();
    }

    /** Whether the switchover was accepted; a replica that is just back may need a moment. */
    private boolean ask(String target) throws InterruptedException {
        String[] answer = {""};
        boolean accepted =
                watch.within(
                        SECONDS_MAX,
                        () -> {
                            long now = load.nowNanos();
                            Reply reply = scene.switchover(target);
                            answer[0] = reply.sentence();
                            if (reply.accepted() && askedAtNanos.isEmpty()) {
                                askedAtNanos = OptionalLong.of(now);
                            }
                            return reply.accepted();
                        });
        diary.write(
                (accepted ? "asked for a switchover to " : "no switchover to ")
                        + target
                        + (accepted ? "" : ": " + answer[0]));
        return accepted;
    }

    /**
     * False as soon as the cluster has given the switchover up, which all of its nodes know: nobody
     * is at it any more, and another one is the primary.
     */
    private boolean becomesPrimary(String target) throws InterruptedException {
        OptionalLong[] lastSeen = {OptionalLong.empty()};
        boolean[] reached = {false};
        watch.within(
                SECONDS_MAX,
                () -> {
                    if (scene.database().flatMap(DatabaseStatus::switchover).isPresent()) {
                        lastSeen[0] = OptionalLong.of(load.nowNanos());
                    }
                    Optional<String> primary = watch.primary();
                    boolean there = primary.equals(Optional.of(target));
                    reached[0] = there && watch.acknowledges(target);
                    return reached[0]
                            || (primary.isPresent()
                                    && !there
                                    && lastSeen[0].isPresent()
                                    && load.nowNanos() - lastSeen[0].getAsLong() > GIVEN_UP_NANOS);
                });
        return reached[0];
    }
}
