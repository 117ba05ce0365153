package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What Shoestring would change at one member when it takes it over; nothing else is touched.
 *
 * @param found what was found there, in a sentence
 * @param files one sentence for each file that is changed
 * @param settings those that would have another value than now
 * @param others one sentence for each other thing: slots, what overrides a setting
 * @param restarts what has to be changed by hand, with a restart, before it works; the sentence has
 *     the command
 */
public record AdoptionPlan(
        String member,
        String found,
        List<String> files,
        List<Change> settings,
        List<String> others,
        List<String> restarts) {
    public AdoptionPlan {
        requireNonNull(member, "member is null");
        requireNonNull(found, "found is null");
        files = List.copyOf(files);
        settings = List.copyOf(settings);
        others = List.copyOf(others);
        restarts = List.copyOf(restarts);
    }

    /**
     * A setting.
     *
     * @param when in which way it comes into force
     */
    public record Change(String name, String now, String then, String when) {}
}
