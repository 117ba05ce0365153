package io.shoestring.sandbox.fault;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** Faults of the wires between the machines. */
final class NetworkScenarios {
    private static final OptionalInt NO_FENCE = OptionalInt.empty();

    private static final List<Scenario> ALL =
            List.of(
                    new Scenario(
                            "link-cut",
                            "the two database machines do not hear each other; the voter hears"
                                    + " both",
                            15,
                            NO_FENCE,
                            15,
                            false,
                            (stage, primary) -> stage.network().cut(primary, Stage.other(primary))),
                    new Scenario(
                            "primary-voter-cut",
                            "the primary's machine and the one that only votes do not hear each"
                                    + " other",
                            5,
                            NO_FENCE,
                            15,
                            false,
                            (stage, primary) -> stage.network().cut(primary, Stage.WITNESS)),
                    new Scenario(
                            "replica-voter-cut",
                            "the replica's machine and the one that only votes do not hear each"
                                    + " other",
                            5,
                            NO_FENCE,
                            15,
                            false,
                            (stage, primary) ->
                                    stage.network().cut(Stage.other(primary), Stage.WITNESS)),
                    new Scenario(
                            "one-way-cut",
                            "nothing that the primary's machine sends reaches the replica's",
                            15,
                            NO_FENCE,
                            15,
                            false,
                            (stage, primary) ->
                                    stage.network().cutOneWay(primary, Stage.other(primary))),
                    new Scenario(
                            "link-flapping",
                            "the wire of the primary's machine is cut for 3 s and mended for 3 s,"
                                    + " four times",
                            15,
                            NO_FENCE,
                            26,
                            false,
                            (stage, primary) -> stage.flap(primary, 4, Duration.ofSeconds(3))),
                    new Scenario(
                            "link-long",
                            "what the primary's machine sends and gets arrives a tenth of a"
                                    + " second later, for 15 s",
                            10,
                            NO_FENCE,
                            15,
                            false,
                            (stage, primary) ->
                                    stage.network().delay(primary, Duration.ofMillis(100))),
                    new Scenario(
                            "link-narrow",
                            "the wire of the primary's machine carries 512 kbit/s for 15 s, and"
                                    + " delays by up to half a second",
                            10,
                            NO_FENCE,
                            15,
                            false,
                            (stage, primary) -> stage.network().narrow(512, primary)),
                    new Scenario(
                            "packet-loss",
                            "a fifth of what the primary's machine sends and gets is lost for 15 s",
                            15,
                            NO_FENCE,
                            15,
                            false,
                            (stage, primary) -> stage.network().lose(20, primary)));

    private NetworkScenarios() {}

    static List<Scenario> all() {
        return ALL;
    }
}
