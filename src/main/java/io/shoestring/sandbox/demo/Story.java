package io.shoestring.sandbox.demo;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.bank.Audit;
import io.shoestring.sandbox.bank.Bank;
import io.shoestring.sandbox.bank.BankLoad;
import io.shoestring.sandbox.bank.Timeline;
import io.shoestring.sandbox.bank.Timeline.Gap;
import io.shoestring.sandbox.bank.Verdict;
import io.shoestring.sandbox.demo.Act.Kind;
import io.shoestring.sandbox.demo.DemoReport.Moment;
import io.shoestring.sandbox.demo.DemoReport.Part;
import io.shoestring.sandbox.demo.Scene.Machines;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The plot: a bank at work, its primary killed, carried over, brought back; where there are
 * machines, one of them lost, and a wire cut; a planned switchover; then the count. It acts like an
 * outsider: it kills by process id, asks for the switchover as an operator does, and looks at the
 * members themselves.
 */
final class Story {
    private static final int CLIENTS = 16;
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Scene scene;
    private final BankLoad load;
    private final Diary diary;
    private final Clock clock;
    private final long lengthNanos;
    private final int kills;
    private final Watch watch;
    private final Accidents accidents;
    private final List<Act> acts = new ArrayList<>();

    private Story(Scene scene, BankLoad load, Diary diary, Plan plan, Clock clock) {
        this.scene = scene;
        this.load = load;
        this.diary = diary;
        this.lengthNanos = TimeUnit.SECONDS.toNanos(plan.seconds());
        this.kills = plan.kills();
        this.clock = clock;
        this.watch = new Watch(scene, load, diary, clock);
        this.accidents = new Accidents(scene, load, diary, watch);
    }

    /**
     * What is wanted.
     *
     * @param seconds how long the load shall last; longer if the story needs it
     * @param transfersPerSecond of all clients together
     * @param kills how often the primary is killed
     */
    record Plan(int seconds, int transfersPerSecond, int kills) {}

    /** How it ended, and what the pictures are drawn from. */
    record Ending(DemoReport report, Timeline timeline, long endedAtNanos) {}

    /**
     * Plays it on a scene that serves; blocks until everything is counted.
     *
     * @param listener is told each moment as it comes, on a thread of its own: a terminal that is
     *     stopped stops nothing else
     */
    static Ending play(Scene scene, Plan plan, Clock clock, Consumer<Moment> listener)
            throws SQLException, SandboxException, InterruptedException {
        try (Connection connection = scene.connect("demo")) {
            Bank.open(connection);
        }
        try (ExecutorService voice =
                        Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
                BankLoad load =
                        BankLoad.start(scene::connect, CLIENTS, plan.transfersPerSecond(), clock)) {
            Diary diary =
                    new Diary(
                            load::nowNanos, moment -> voice.execute(() -> listener.accept(moment)));
            Story story = new Story(scene, load, diary, plan, clock);
            try (Scene.Source _ = scene.tell(diary::write)) {
                return story.play();
            }
        }
    }

    private Ending play() throws SQLException, SandboxException, InterruptedException {
        diary.write(
                CLIENTS
                        + " clients transfer money between "
                        + Bank.ACCOUNTS
                        + " accounts, and look at them, through "
                        + scene.listener());
        calm(share(0.15, 2, 10));
        do {
            watch.awaitProtected();
            acts.add(accidents.killServer(watch.primary("before the accident")));
        } while (acts.size() < kills && goesOn());
        Optional<Machines> machines = scene.machines();
        if (machines.isPresent() && goesOn()) {
            loseMachineAndLink(machines.get());
        }
        if (goesOn()) {
            calm(share(0.08, 1, 5));
            String target = watch.other(watch.primary("before the switchover"));
            new Handover(scene, load, diary, watch).to(target).ifPresent(acts::add);
        }
        calm(Math.max(SETTLE_NANOS, lengthNanos - load.nowNanos()));
        long endedAtNanos = load.nowNanos();
        load.close();
        return ending(endedAtNanos);
    }

    private void loseMachineAndLink(Machines machines)
            throws SandboxException, InterruptedException {
        watch.awaitProtected();
        calm(share(0.05, 1, 3));
        acts.add(accidents.loseMachine(machines, watch.primary("on any machine")));
        if (goesOn()) {
            watch.awaitProtected();
            calm(share(0.05, 1, 3));
            acts.add(accidents.cutLink(machines));
        }
    }

    /** The story ends early where somebody does not come back. */
    private boolean goesOn() {
        return acts.getLast().recoveredMillis().isPresent();
    }

    private Ending ending(long endedAtNanos)
            throws SQLException, SandboxException, InterruptedException {
        String primary = watch.primary("at the end");
        Audit.Result audit =
                new Audit(scene.direct(), clock)
                        .read(primary, scene.members().keySet(), diary::write);
        Verdict verdict = Verdict.of(load.ledger().tally(), audit.books(), audit.balancesOk());
        diary.write("counted: " + verdict.found() + " transfers are there");
        List<Part> parts = acts.stream().map(act -> new Part(act, gap(act))).toList();
        DemoReport report =
                new DemoReport(
                        verdict,
                        load.ledger().tally(),
                        planned(),
                        parts,
                        load.timeline().replicaPercent(),
                        diary.moments());
        return new Ending(report, load.timeline(), endedAtNanos);
    }

    private Gap gap(Act act) {
        return load.timeline().longestGap(act.beganAtNanos(), act.endedAtNanos());
    }

    private Set<Kind> planned() {
        return scene.machines().isPresent()
                ? EnumSet.allOf(Kind.class)
                : EnumSet.of(Kind.SERVER_KILLED, Kind.SWITCHOVER);
    }

    private static void calm(long nanos) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(nanos);
    }

    private long share(double part, long atLeastSeconds, long atMostSeconds) {
        return Math.clamp(
                Math.round(lengthNanos * part),
                TimeUnit.SECONDS.toNanos(atLeastSeconds),
                TimeUnit.SECONDS.toNanos(atMostSeconds));
    }
}
