package io.shoestring.sandbox.demo;

import io.shoestring.base.Clock;
import io.shoestring.base.Published.Subscription;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.MemberName;
import io.shoestring.node.Operations.Reply;
import io.shoestring.sandbox.Sandbox;
import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.bank.Audit;
import io.shoestring.sandbox.bank.Bank;
import io.shoestring.sandbox.bank.BankLoad;
import io.shoestring.sandbox.bank.BankLoad.Target;
import io.shoestring.sandbox.bank.Ledger;
import io.shoestring.sandbox.bank.Timeline;
import io.shoestring.sandbox.bank.Verdict;
import io.shoestring.sandbox.demo.DemoReport.Moment;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The plot: a bank at work, its primary killed, carried over, brought back, and a planned
 * switchover; then the count. It acts like an outsider: it kills by process id, asks for the
 * switchover as an operator does, and looks at the members themselves.
 */
final class Story {
    private static final int CLIENTS = 16;
    private static final long POLL_MILLIS = 50;
    private static final long REJOIN_SECONDS_MAX = 90;
    private static final long SWITCHOVER_SECONDS_MAX = 30;
    private static final long PROTECTED_SECONDS_MAX = 20;
    private static final int SWITCHOVER_TRIES_MAX = 3;
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Sandbox sandbox;
    private final BankLoad load;
    private final Diary diary;
    private final Clock clock;
    private final long lengthNanos;
    private long killedPid;
    private OptionalLong killedAtNanos = OptionalLong.empty();
    private OptionalLong rejoinedAtNanos = OptionalLong.empty();
    private OptionalLong askedAtNanos = OptionalLong.empty();
    private OptionalLong switchedAtNanos = OptionalLong.empty();

    private Story(Sandbox sandbox, BankLoad load, Diary diary, long lengthNanos, Clock clock) {
        this.sandbox = sandbox;
        this.load = load;
        this.diary = diary;
        this.lengthNanos = lengthNanos;
        this.clock = clock;
    }

    /**
     * What is wanted.
     *
     * @param seconds how long the load shall last; longer if the story needs it
     * @param transfersPerSecond of all clients together
     */
    record Plan(int seconds, int transfersPerSecond) {}

    /** How it ended, and what the picture is drawn from. */
    record Ending(
            DemoReport report,
            Timeline timeline,
            OptionalLong killedAtNanos,
            OptionalLong askedAtNanos,
            long endedAtNanos) {}

    /**
     * Plays it on a sandbox that serves; blocks until everything is counted.
     *
     * @param listener is told each moment as it comes, on a thread of its own: a terminal that is
     *     stopped stops nothing else
     */
    static Ending play(Sandbox sandbox, Plan plan, Clock clock, Consumer<Moment> listener)
            throws SQLException, SandboxException, InterruptedException {
        Target target = new Target(sandbox.jdbcUrl(), Sandbox.USER, sandbox.password());
        try (Connection connection = target.connect("demo")) {
            Bank.open(connection);
        }
        long lengthNanos = TimeUnit.SECONDS.toNanos(plan.seconds());
        try (ExecutorService voice =
                        Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
                BankLoad load =
                        BankLoad.start(
                                target::connect, CLIENTS, plan.transfersPerSecond(), clock)) {
            Diary diary =
                    new Diary(
                            load::nowNanos, moment -> voice.execute(() -> listener.accept(moment)));
            Story story = new Story(sandbox, load, diary, lengthNanos, clock);
            try (Subscription _ = sandbox.events().subscribe(event -> diary.write(event.text()))) {
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
                        + sandbox.listener());
        calm(share(0.15, 2, 10));
        String victim = sandbox.primary().orElseThrow(() -> noPrimary("before the accident"));
        if (!within(PROTECTED_SECONDS_MAX, this::isProtected)) {
            diary.write("no replica has every commit: nobody will be able to take over");
        }
        kill(victim);
        if (isCarriedOver(victim)) {
            awaitRejoined(victim);
        }
        if (rejoinedAtNanos.isPresent()) {
            calm(share(0.08, 1, 5));
            switchOver(victim);
        }
        calm(Math.max(SETTLE_NANOS, lengthNanos - load.nowNanos()));
        long endedAtNanos = load.nowNanos();
        load.close();
        return ending(endedAtNanos);
    }

    private void kill(String victim) throws SandboxException {
        long pid =
                sandbox.postmaster(victim)
                        .orElseThrow(() -> noPrimary("with a process to be killed"));
        killedPid = pid;
        diary.write("kill -9 " + pid + ": the primary " + victim + " dies under load");
        killedAtNanos = OptionalLong.of(load.nowNanos());
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    /** Whether another server took over; the killed one started again in place is no such end. */
    private boolean isCarriedOver(String victim) throws InterruptedException {
        String dead = address(victim);
        boolean writesGoOn =
                within(
                        REJOIN_SECONDS_MAX,
                        () -> !load.writers().newest().equals(dead) || isStartedInPlace(victim));
        boolean carriedOver = !load.writers().newest().equals(dead);
        if (carriedOver) {
            diary.write("writes go on, on " + nameOf(load.writers().newest()));
        } else {
            diary.write(
                    writesGoOn
                            ? victim + " was started again in place: nobody took over"
                            : "no write went on within " + REJOIN_SECONDS_MAX + " s");
        }
        return carriedOver;
    }

    private boolean isStartedInPlace(String victim) {
        OptionalLong pid = sandbox.postmaster(victim);
        return pid.isPresent()
                && pid.getAsLong() != killedPid
                && sandbox.primary().equals(Optional.of(victim));
    }

    private boolean isProtected() {
        return sandbox.database().stream()
                .flatMap(database -> database.members().stream())
                .anyMatch(member -> member.role().equals("replica") && member.synchronous());
    }

    private void awaitRejoined(String victim) throws InterruptedException {
        if (within(REJOIN_SECONDS_MAX, () -> isReplica(victim))) {
            rejoinedAtNanos = OptionalLong.of(load.nowNanos());
            diary.write("the old primary " + victim + " is back, and streams as a replica");
        } else {
            diary.write(victim + " did not come back within " + REJOIN_SECONDS_MAX + " s");
        }
    }

    private void switchOver(String target) throws InterruptedException {
        for (int tries = 1; tries <= SWITCHOVER_TRIES_MAX && switchedAtNanos.isEmpty(); tries++) {
            if (ask(target) && becomesPrimary(target)) {
                switchedAtNanos = OptionalLong.of(load.nowNanos());
                diary.write("writes go on, on " + target);
            }
        }
        if (switchedAtNanos.isPresent()) {
            Optional<String> other =
                    sandbox.members().keySet().stream()
                            .filter(name -> !name.equals(target))
                            .findFirst();
            if (within(SWITCHOVER_SECONDS_MAX, () -> other.filter(this::isReplica).isPresent())) {
                diary.write(other.orElseThrow() + " streams as a replica again");
            }
        } else {
            diary.write("the switchover did not take place");
        }
    }

    /** Whether the switchover was accepted; a replica that is just back may need a moment. */
    private boolean ask(String target) throws InterruptedException {
        String[] answer = {""};
        boolean accepted =
                within(
                        SWITCHOVER_SECONDS_MAX,
                        () -> {
                            long now = load.nowNanos();
                            Reply reply =
                                    sandbox.operations()
                                            .switchover(
                                                    new DatabaseName("app"),
                                                    Optional.of(new MemberName(target)));
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

    /** False at once when the node gave the switchover up. */
    private boolean becomesPrimary(String target) throws InterruptedException {
        String wanted = address(target);
        boolean[] begun = {false};
        boolean[] givenUp = {false};
        return within(
                        SWITCHOVER_SECONDS_MAX,
                        () -> {
                            Optional<String> step =
                                    sandbox.database().flatMap(DatabaseStatus::switchover);
                            begun[0] |= step.isPresent();
                            boolean reached = sandbox.primary().equals(Optional.of(target));
                            givenUp[0] = begun[0] && step.isEmpty() && !reached;
                            return givenUp[0]
                                    || (reached && load.writers().newest().equals(wanted));
                        })
                && !givenUp[0];
    }

    private Ending ending(long endedAtNanos)
            throws SQLException, SandboxException, InterruptedException {
        String primary = sandbox.primary().orElseThrow(() -> noPrimary("at the end"));
        Audit.Result audit =
                new Audit(sandbox.access()::connect, clock)
                        .read(primary, sandbox.members().keySet(), diary::write);
        Ledger.Tally tally = load.ledger().tally();
        Verdict verdict = Verdict.of(tally, audit.books(), audit.balancesOk());
        diary.write("counted: " + verdict.found() + " transfers are there");
        DemoReport report =
                new DemoReport(
                        verdict,
                        tally,
                        gap(killedAtNanos, askedAtNanos.orElse(endedAtNanos)),
                        switchedAtNanos.isPresent()
                                ? gap(askedAtNanos, endedAtNanos)
                                : OptionalLong.empty(),
                        rejoinedAtNanos.isPresent()
                                ? OptionalLong.of(
                                        (rejoinedAtNanos.getAsLong() - killedAtNanos.orElseThrow())
                                                / 1_000_000)
                                : OptionalLong.empty(),
                        load.timeline().replicaPercent(),
                        diary.moments());
        return new Ending(report, load.timeline(), killedAtNanos, askedAtNanos, endedAtNanos);
    }

    private OptionalLong gap(OptionalLong from, long to) {
        return from.isPresent()
                ? OptionalLong.of(load.timeline().longestGap(from.getAsLong(), to).millis())
                : OptionalLong.empty();
    }

    /** By the node's status, and by what its new primary itself says. */
    private boolean isReplica(String member) {
        Optional<DatabaseStatus> status = sandbox.database();
        Optional<String> primary = status.flatMap(DatabaseStatus::primary);
        boolean listed =
                status.stream()
                        .flatMap(database -> database.members().stream())
                        .anyMatch(
                                entry ->
                                        entry.name().equals(member)
                                                && entry.role().equals("replica"));
        try {
            return listed
                    && primary.isPresent()
                    && !primary.get().equals(member)
                    && sandbox.access().isStreaming(primary.get(), member);
        } catch (SQLException _) {
            return false;
        }
    }

    /** Something that comes true sooner or later. */
    @FunctionalInterface
    private interface Condition {
        boolean holds();
    }

    private boolean within(long seconds, Condition condition) throws InterruptedException {
        long deadline = clock.nanos() + TimeUnit.SECONDS.toNanos(seconds);
        while (!condition.holds()) {
            if (clock.nanos() - deadline > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return true;
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

    private String address(String member) {
        return sandbox.access().endpoint(member).toString();
    }

    private String nameOf(String server) {
        return sandbox.members().entrySet().stream()
                .filter(member -> member.getValue().toString().equals(server))
                .map(java.util.Map.Entry::getKey)
                .findFirst()
                .orElse(server);
    }

    private static SandboxException noPrimary(String when) {
        return new SandboxException("There is no primary " + when + ".");
    }
}
