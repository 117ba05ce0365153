package io.shoestring.sandbox.demo;

import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.bank.BankLoad;
import io.shoestring.sandbox.demo.Act.Kind;
import io.shoestring.sandbox.demo.Scene.Machines;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** What nobody planned: a server dies, a machine is lost, a wire is cut. */
final class Accidents {
    private static final long REJOIN_SECONDS_MAX = 90;

    /** A machine is away for longer than the lease, and a wire for longer than a replica counts. */
    private static final long POWER_SECONDS = 3;

    private static final long LINK_SECONDS = 10;
    private static final long NO_PROCESS = -1;

    private final Scene scene;
    private final BankLoad load;
    private final Diary diary;
    private final Watch watch;
    private long killedPid = NO_PROCESS;

    Accidents(Scene scene, BankLoad load, Diary diary, Watch watch) {
        this.scene = scene;
        this.load = load;
        this.diary = diary;
        this.watch = watch;
    }

    /** SIGKILL to the primary's server. */
    Act killServer(String victim) throws SandboxException, InterruptedException {
        killedPid =
                scene.postmaster(victim)
                        .orElseThrow(
                                () ->
                                        new SandboxException(
                                                "There is no primary with a process to be"
                                                        + " killed."));
        diary.write("kill -9 " + killedPid + ": the primary " + victim + " dies under load");
        long began = load.nowNanos();
        load.replicaIsThere(false);
        ProcessHandle.of(killedPid).ifPresent(ProcessHandle::destroyForcibly);
        OptionalLong rejoined =
                isCarriedOver(victim) ? awaitRejoined(victim, began) : OptionalLong.empty();
        return new Act(Kind.SERVER_KILLED, began, load.nowNanos(), rejoined);
    }

    /** Everything on the primary's machine is gone at once; later the machine starts again. */
    Act loseMachine(Machines machines, String victim) throws InterruptedException {
        diary.write("machine " + victim + ", with the primary on it, loses its power");
        long began = load.nowNanos();
        load.replicaIsThere(false);
        machines.powerOff(victim);
        killedPid = NO_PROCESS;
        boolean carriedOver = isCarriedOver(victim);
        TimeUnit.SECONDS.sleep(POWER_SECONDS);
        diary.write("machine " + victim + " has power again");
        long mended = load.nowNanos();
        machines.powerOn(victim);
        OptionalLong rejoined = carriedOver ? awaitRejoined(victim, mended) : OptionalLong.empty();
        return new Act(Kind.MACHINE_LOST, began, load.nowNanos(), rejoined);
    }

    /** The two database machines do not hear each other; the third hears both. */
    Act cutLink(Machines machines) throws InterruptedException {
        diary.write("the wire between the two database machines is cut");
        long began = load.nowNanos();
        load.replicaIsThere(false);
        machines.cutLink();
        TimeUnit.SECONDS.sleep(LINK_SECONDS);
        machines.mendLink();
        diary.write("the wire is whole again");
        long mended = load.nowNanos();
        OptionalLong recovered = watch.millisUntil(mended, REJOIN_SECONDS_MAX, watch::isProtected);
        load.replicaIsThere(recovered.isPresent());
        diary.write(
                recovered.isPresent()
                        ? "the replica has every commit again"
                        : "the replica did NOT get every commit again");
        return new Act(Kind.LINK_LOST, began, load.nowNanos(), recovered);
    }

    /** Whether another server took over; the killed one started again in place is no such end. */
    private boolean isCarriedOver(String victim) throws InterruptedException {
        boolean writesGoOn =
                watch.within(
                        REJOIN_SECONDS_MAX,
                        () -> !watch.acknowledges(victim) || isStartedInPlace(victim));
        boolean carriedOver = !watch.acknowledges(victim);
        if (carriedOver) {
            diary.write("writes go on, on " + watch.writer());
        } else {
            diary.write(
                    writesGoOn
                            ? victim + " was started again in place: nobody took over"
                            : "no write went on within " + REJOIN_SECONDS_MAX + " s");
        }
        return carriedOver;
    }

    private boolean isStartedInPlace(String victim) {
        OptionalLong pid = scene.postmaster(victim);
        return killedPid != NO_PROCESS
                && pid.isPresent()
                && pid.getAsLong() != killedPid
                && watch.primary().equals(Optional.of(victim));
    }

    private OptionalLong awaitRejoined(String victim, long sinceNanos) throws InterruptedException {
        OptionalLong rejoined =
                watch.millisUntil(sinceNanos, REJOIN_SECONDS_MAX, () -> watch.isReplica(victim));
        load.replicaIsThere(rejoined.isPresent());
        diary.write(
                rejoined.isPresent()
                        ? "the old primary " + victim + " is back, and streams as a replica"
                        : victim + " did not come back within " + REJOIN_SECONDS_MAX + " s");
        return rejoined;
    }
}
