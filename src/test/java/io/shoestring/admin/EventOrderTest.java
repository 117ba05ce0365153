package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Event;
import io.shoestring.model.Event.Severity;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.Optional;

/** One order for what several nodes noted. */
@Timeout(10)
class EventOrderTest {
    private static Event event(long sequence, long second, String node, long own) {
        return new Event(
                sequence,
                FakeNode.BEGIN.plusSeconds(second),
                Severity.INFO,
                Optional.empty(),
                0,
                node + own,
                node,
                own,
                Event.Part.STEP);
    }

    @Test
    void followsTheTimeOfDayButNeverAgainstANodesOwnOrder() {
        List<Event> known =
                List.of(
                        event(1, 10, "b", 1),
                        event(2, 5, "a", 1),
                        // Its clock was set back.
                        event(3, 2, "a", 2),
                        event(4, 7, "b", 2),
                        event(5, 12, "a", 3));
        assertThat(EventOrder.inOrder(known))
                .extracting(Event::text)
                .containsExactly("a1", "a2", "b1", "b2", "a3");
    }
}
