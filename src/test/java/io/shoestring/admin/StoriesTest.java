package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.admin.api.Story;
import io.shoestring.model.Event;
import io.shoestring.model.Event.Part;
import io.shoestring.model.Event.Severity;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a colleague who was not there is told. */
@Timeout(10)
class StoriesTest {
    private final List<Event> events = new ArrayList<>();

    private void at(long second, Part part, String text) {
        at(second, Severity.INFO, part, text);
    }

    private void at(long second, Severity severity, Part part, String text) {
        long sequence = events.size() + 1L;
        events.add(
                new Event(
                        sequence,
                        FakeNode.BEGIN.plusSeconds(second),
                        severity,
                        Optional.of("shop"),
                        1,
                        text,
                        "db0",
                        sequence,
                        part));
    }

    private static List<String> lines(Story story) {
        return story.lines().stream().map(Story.Line::text).toList();
    }

    private void failover(long second) {
        at(second, Severity.WARNING, Part.CAUSE, "a has ended.");
        at(second, Part.DECISION, "b has every commit: it takes over.");
        at(second, Part.STEP, "b holds the lease.");
        at(second + 1, Part.OUTCOME, "Failover done.");
    }

    @Test
    void aFailoverIsItsCauseTheDecisionTheOutcomeAndWhatBecameOfTheOldPrimary() {
        failover(0);
        at(1, Part.STEP, "a is made a replica.");
        at(4, Part.RECOVERY, "a is back.");
        Story story = Stories.of(events).getFirst();
        assertThat(story.headline()).isEqualTo("Failover done.");
        assertThat(story.over()).isTrue();
        assertThat(story.began()).isEqualTo(FakeNode.BEGIN);
        assertThat(lines(story))
                .containsExactly(
                        "a has ended.", "b has every commit: it takes over.", "a is back.");
    }

    @Test
    void whatWentWrongOnTheWayIsToldOnce() {
        at(0, Severity.WARNING, Part.CAUSE, "a has ended.");
        at(1, Severity.WARNING, Part.STEP, "b could not be promoted.");
        at(2, Severity.WARNING, Part.STEP, "b could not be promoted.");
        Story story = Stories.of(events).getFirst();
        assertThat(story.over()).isFalse();
        assertThat(story.headline()).isEqualTo("It is not over yet.");
        assertThat(lines(story)).containsExactly("a has ended.", "b could not be promoted.");
    }

    @Test
    void whatWasWaitedForIsToldOnlyIfItTookTime() {
        at(0, Severity.WARNING, Part.CAUSE, "a has ended.");
        at(1, Severity.WARNING, Part.CAUSE, "What b received is being read.");
        at(1, Severity.WARNING, Part.CAUSE, "b does not answer.");
        at(9, Part.DECISION, "b takes over.");
        assertThat(lines(Stories.of(events).getFirst()))
                .containsExactly("a has ended.", "b does not answer.", "b takes over.");
    }

    @Test
    void whoAskedStandsBeforeWhatCameOfIt() {
        at(0, Part.WISH, "anna asked for 'switchover' of shop.");
        at(0, Part.CAUSE, "Switchover from a to b was asked for.");
        at(1, Part.OUTCOME, "Switchover done.");
        at(60, Part.WISH, "anna asked for 'pause' of shop.");
        at(60, Part.REPLY, "Automatic failover is off.");
        List<Story> stories = Stories.of(events);
        assertThat(stories)
                .extracting(Story::headline)
                .containsExactly("Automatic failover is off.", "Switchover done.");
        assertThat(lines(stories.getFirst())).containsExactly("anna asked for 'pause' of shop.");
        assertThat(lines(stories.getLast()))
                .containsExactly(
                        "anna asked for 'switchover' of shop.",
                        "Switchover from a to b was asked for.");
    }

    @Test
    void aWishThatCameToNothingIsNotToldWithWhatHappenedLater() {
        at(0, Part.WISH, "anna asked for 'switchover check' of shop.");
        failover(16);
        assertThat(lines(Stories.of(events).getFirst())).first().isEqualTo("a has ended.");
    }

    @Test
    void whatHappensLongAfterIsAnotherStory() {
        failover(0);
        at(3600, Severity.WARNING, Part.STEP, "The replica has ended.");
        at(3602, Part.RECOVERY, "The replica is back.");
        List<Story> stories = Stories.of(events);
        assertThat(stories).hasSize(2);
        assertThat(stories.getFirst().headline()).isEqualTo("The replica has ended.");
        assertThat(lines(stories.getFirst())).containsExactly("The replica is back.");
    }

    @Test
    void theNewestFiveAreTold() {
        for (int i = 0; i < 7; i++) {
            failover(i * 1000L);
        }
        assertThat(Stories.of(events))
                .hasSize(5)
                .first()
                .extracting(Story::began)
                .isEqualTo(FakeNode.BEGIN.plusSeconds(6000));
    }
}
