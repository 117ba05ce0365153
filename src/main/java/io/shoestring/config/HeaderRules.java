package io.shoestring.config;

import java.util.List;

/**
 * What is changed in the header of each message that goes through.
 *
 * @param set fields that take the place of all others of their name
 * @param add fields that are added behind those that are there
 * @param remove names of fields that do not go on
 */
public record HeaderRules(List<HeaderField> set, List<HeaderField> add, List<String> remove) {
    /** Nothing. */
    public static final HeaderRules NONE = new HeaderRules(List.of(), List.of(), List.of());

    public HeaderRules {
        set = List.copyOf(set);
        add = List.copyOf(add);
        remove = List.copyOf(remove);
    }
}
