package io.shoestring.sandbox.fault;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** Faults of servers and their disks, and of what is being done to them. */
final class ServerScenarios {
    private static final OptionalInt NO_FENCE = OptionalInt.empty();
    private static final Duration ALONE = Duration.ofSeconds(10);

    private static final List<Scenario> ALL =
            List.of(
                    new Scenario(
                            "server-frozen",
                            "all processes of the primary's server are stopped (SIGSTOP), and their"
                                    + " connections stay open",
                            15,
                            NO_FENCE,
                            3,
                            true,
                            Stage::freezeServer),
                    new Scenario(
                            "disk-full",
                            "the disk with the primary's data is full for 10 s",
                            20,
                            NO_FENCE,
                            12,
                            false,
                            (stage, primary) -> stage.fillDisk(primary, Duration.ofSeconds(10))),
                    new Scenario(
                            "replica-disk-full",
                            "the disk with the replica's data is full for 10 s",
                            10,
                            NO_FENCE,
                            12,
                            false,
                            (stage, primary) ->
                                    stage.fillDisk(Stage.other(primary), Duration.ofSeconds(10))),
                    new Scenario(
                            "voter-loss-server-crash",
                            "the machine that only votes loses its power, and then the primary's"
                                    + " server process is killed",
                            10,
                            NO_FENCE,
                            3,
                            true,
                            (stage, primary) -> {
                                stage.machine(Stage.WITNESS).powerOff();
                                stage.killServer(primary);
                            }),
                    new Scenario(
                            "stale-replica",
                            "the replica's machine loses its power, the primary goes on alone; 10 s"
                                    + " later its server is killed, and the replica's machine is"
                                    + " back",
                            15,
                            NO_FENCE,
                            14,
                            false,
                            ServerScenarios::staleReplica),
                    new Scenario(
                            "conductor-loss",
                            "the primary's server process is killed, and then Shoestring on the"
                                    + " machine that decides, in the middle of the take-over",
                            15,
                            NO_FENCE,
                            10,
                            false,
                            new ConductorLoss()),
                    new Scenario(
                            "switchover-interrupted",
                            "in the middle of a switchover Shoestring is killed on the machine"
                                    + " that has the primary",
                            15,
                            NO_FENCE,
                            3,
                            false,
                            (stage, primary) -> {
                                stage.beginSwitchover();
                                stage.node(primary).kill();
                            }));

    private ServerScenarios() {}

    /** Who came back has not what was acknowledged meanwhile, and there is nobody else. */
    private static void staleReplica(Stage stage, String primary) {
        String replica = Stage.other(primary);
        stage.machine(replica).powerOff();
        Stage.later(
                ALONE,
                () -> {
                    stage.killServer(primary);
                    stage.powerOn(replica);
                });
    }

    static List<Scenario> all() {
        return ALL;
    }
}
