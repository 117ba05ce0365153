package io.shoestring.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.ManualClock;
import io.shoestring.model.NodeName;

import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class LeaderDutyTest {
    private static final NodeName OTHER = new NodeName("other");

    private final ManualClock clock = new ManualClock();
    private final List<String> handedOver = new ArrayList<>();
    private final List<List<NodeName>> asked = new ArrayList<>();
    private List<String> unheard = List.of();
    private Optional<NodeName> reaches = Optional.of(OTHER);
    private final LeaderDuty duty =
            new LeaderDuty(
                    store(),
                    clock,
                    away -> {
                        asked.add(away);
                        return reaches;
                    });

    @Test
    void whoHearsAllGoesOnLeading() throws Exception {
        duty.yieldIfDeaf();
        assertThat(asked).isEmpty();
        assertThat(handedOver).isEmpty();
    }

    @Test
    void whoDoesNotHearOneLeavesItToWhoDoes() throws Exception {
        unheard = List.of("away");
        duty.yieldIfDeaf();
        assertThat(asked).containsExactly(List.of(new NodeName("away")));
        assertThat(handedOver).containsExactly("other");
    }

    @Test
    void aNodeThatNobodyHearsIsAskedAboutEveryTwoSeconds() throws Exception {
        unheard = List.of("dead");
        reaches = Optional.empty();
        for (int i = 0; i < 8; i++) {
            duty.yieldIfDeaf();
            clock.pass(Duration.ofMillis(500));
        }
        assertThat(asked).hasSize(2);
        assertThat(handedOver).isEmpty();
    }

    @Test
    void whereNobodyHearsAllItIsNotHandedRoundAndRound() throws Exception {
        unheard = List.of("away");
        for (int i = 0; i < 18; i++) {
            duty.yieldIfDeaf();
            clock.pass(Duration.ofMillis(500));
        }
        assertThat(handedOver).hasSize(2);
    }

    private ControlStore store() {
        return (ControlStore)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {ControlStore.class},
                        (proxy, method, arguments) ->
                                switch (method.getName()) {
                                    case "unheard" -> unheard;
                                    case "handOver" -> handedOver.add((String) arguments[0]);
                                    default -> throw new UnsupportedOperationException();
                                });
    }
}
