package io.shoestring.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class AgentDeskTest {
    private static final Action.ByAgent STOP = new Action.Fence(new MemberName("a"), "test");

    private final Terms terms = new Terms();
    private final AgentDesk desk = new AgentDesk(terms);

    @BeforeEach
    void aConductorIsKnown() {
        terms.saw(1);
    }

    @Test
    void whoAsksAgainHearsWhatBecameOfIt() {
        assertThat(desk.ask(1, 11, STOP)).isEqualTo(new AgentDesk.Verdict.Begin());
        assertThat(desk.ask(1, 11, STOP)).isEqualTo(new AgentDesk.Verdict.Running());
        desk.ended(11, new Outcome.Done("first"));
        assertThat(desk.ask(1, 11, STOP))
                .isEqualTo(new AgentDesk.Verdict.Over(new Outcome.Done("first")));
    }

    @Test
    void aRequestThatComesAgainAfterANewerOneIsNotBegunAgain() {
        desk.ask(1, 11, STOP);
        desk.ended(11, new Outcome.Done("first"));
        desk.ask(1, 12, STOP);
        desk.ended(12, new Outcome.Done("second"));
        assertThat(desk.ask(1, 11, STOP)).isInstanceOf(AgentDesk.Verdict.Refused.class);
    }

    @Test
    void aRequestThatArrivesOnlyAfterANewerOneIsNotBegun() {
        desk.ask(1, 12, STOP);
        desk.ended(12, new Outcome.Done("second"));
        assertThat(desk.ask(1, 11, STOP)).isInstanceOf(AgentDesk.Verdict.Refused.class);
        assertThat(desk.ask(2, 1, STOP)).isEqualTo(new AgentDesk.Verdict.Begin());
    }

    @Test
    void aRequestThatWasRefusedIsNotBegunWhenItComesAgain() {
        desk.ask(1, 11, STOP);
        assertThat(desk.ask(1, 12, STOP)).isInstanceOf(AgentDesk.Verdict.Refused.class);
        desk.ended(11, new Outcome.Done("first"));
        assertThat(desk.ask(1, 12, STOP)).isInstanceOf(AgentDesk.Verdict.Refused.class);
    }
}
