package io.shoestring.admin;

import io.shoestring.admin.api.Story;
import io.shoestring.model.Event;
import io.shoestring.model.Event.Severity;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Tells the events of one database as stories: what each began with, what was decided and why, how
 * it ended, and what became of who was lost. Steps on the way are left out; what went wrong is not.
 */
final class Stories {
    private static final int STORIES_MAX = 5;
    private static final int LINES_MAX = 20;

    /** Who asked for something is told with what comes of it. */
    private static final Duration WISH_HOLDS = Duration.ofSeconds(15);

    /** What goes wrong, or is mended, so long after the last line is still about that. */
    private static final Duration AFTERWARDS = Duration.ofMinutes(10);

    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    private final List<Draft> drafts = new ArrayList<>();
    private Optional<Event> wish = Optional.empty();

    private Stories() {}

    /**
     * The newest stories, the newest first.
     *
     * @param about all that is known of one database, oldest first
     */
    static List<Story> of(List<Event> about) {
        Stories stories = new Stories();
        about.forEach(stories::take);
        List<Draft> drafts = stories.drafts.reversed();
        return drafts.stream().limit(STORIES_MAX).map(Draft::story).toList();
    }

    private void take(Event event) {
        switch (event.part()) {
            case WISH -> wish = Optional.of(event);
            case REPLY -> end(begin(event), event);
            case CAUSE, DECISION -> open(event).add(event);
            case OUTCOME -> end(open(event), event);
            case RECOVERY -> recent(event).ifPresent(draft -> draft.add(event));
            case null, default -> step(event);
        }
    }

    /** Most steps are for who wants to know every detail. */
    private void step(Event event) {
        if (event.severity() == Severity.INFO) {
            return;
        }
        recent(event).ifPresentOrElse(draft -> draft.add(event), () -> end(begin(event), event));
    }

    private Draft open(Event event) {
        return drafts.isEmpty() || drafts.getLast().isOver() ? begin(event) : drafts.getLast();
    }

    private Draft begin(Event event) {
        Draft draft = new Draft();
        wish.filter(asked -> within(asked.at(), event.at(), WISH_HOLDS)).ifPresent(draft::add);
        wish = Optional.empty();
        drafts.add(draft);
        return draft;
    }

    private Optional<Draft> recent(Event event) {
        return drafts.isEmpty()
                ? Optional.empty()
                : Optional.of(drafts.getLast())
                        .filter(
                                draft ->
                                        !draft.isOver()
                                                || within(draft.last, event.at(), AFTERWARDS));
    }

    private static void end(Draft draft, Event event) {
        draft.outcome = Optional.of(event);
        draft.touch(event.at());
    }

    private static boolean within(Instant first, Instant second, Duration span) {
        return Duration.between(first, second).compareTo(span) <= 0;
    }

    /** A story while it is put together. */
    private static final class Draft {
        private final List<Event> told = new ArrayList<>();
        private Optional<Event> outcome = Optional.empty();
        private Instant first = Instant.MAX;
        private Instant last = Instant.MIN;

        boolean isOver() {
            return outcome.isPresent();
        }

        void add(Event event) {
            touch(event.at());
            boolean before = told.stream().anyMatch(it -> it.text().equals(event.text()));
            if (!before && told.size() < LINES_MAX) {
                told.add(event);
            }
        }

        void touch(Instant at) {
            first = at.isBefore(first) ? at : first;
            last = at.isAfter(last) ? at : last;
        }

        Story story() {
            return new Story(
                    first,
                    isOver(),
                    outcome.map(Event::text).orElse("It is not over yet."),
                    IntStream.range(0, told.size())
                            .filter(i -> !overtaken(i))
                            .mapToObj(told::get)
                            .map(it -> new Story.Line(it.at(), it.severity(), it.text()))
                            .toList());
        }

        /** What was waited for, and came at once, is nothing to tell. */
        private boolean overtaken(int i) {
            return i > 0
                    && i + 1 < told.size()
                    && told.get(i).part() == Event.Part.CAUSE
                    && told.get(i).severity() == Severity.WARNING
                    && within(told.get(i).at(), told.get(i + 1).at(), AT_ONCE);
        }
    }
}
