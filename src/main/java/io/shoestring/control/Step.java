package io.shoestring.control;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Action;

import java.util.ArrayList;
import java.util.List;

/** What one part of the decision wants done, and what it says about the state. */
record Step(List<Action> actions, String sentence) {
    Step {
        actions = List.copyOf(actions);
        requireNonNull(sentence, "sentence is null");
    }

    /** Nothing can or need be done. */
    static Step wait(String sentence) {
        return new Step(List.of(), sentence);
    }

    /** One thing is to be done, and its reason says it all. */
    static Step take(Action action) {
        return new Step(List.of(action), action.reason());
    }

    /** The same with {@code more} done first. */
    Step after(List<? extends Action> more) {
        List<Action> all = new ArrayList<>(more);
        all.addAll(actions);
        return new Step(all, sentence);
    }
}
