package io.shoestring.consensus.ratis;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import io.shoestring.consensus.ControlStore.Entry;
import io.shoestring.consensus.StoreState;

import java.util.Map;
import java.util.stream.Stream;

/**
 * Which part of the state is asked for.
 *
 * @param name a key, the beginning of keys, a resource, or a key and a resource in two lines
 */
record Question(What what, String name) {
    enum What {
        KEY,
        PREFIX,
        LEASE,
        KEY_AND_LEASE,
        INDEX
    }

    /** In no key and no resource. */
    private static final char BETWEEN = '\n';

    /** For a key's value and who holds a resource. */
    static Question of(String key, String resource) {
        return new Question(What.KEY_AND_LEASE, key + BETWEEN + resource);
    }

    String text() {
        return what + " " + name;
    }

    static Question parse(String text) {
        int space = text.indexOf(' ');
        return new Question(What.valueOf(text.substring(0, space)), text.substring(space + 1));
    }

    StoreState of(StoreState state) {
        return switch (what) {
            case KEY -> entries(state, state.get(name).stream());
            case PREFIX -> entries(state, state.list(name).stream());
            case LEASE -> new StoreState(state.index(), Map.of(), lease(state, name));
            case KEY_AND_LEASE -> keyAndLease(state);
            case INDEX -> new StoreState(state.index(), Map.of(), Map.of());
        };
    }

    private static StoreState entries(StoreState state, Stream<Entry> wanted) {
        return new StoreState(
                state.index(), wanted.collect(toMap(Entry::key, identity())), Map.of());
    }

    private StoreState keyAndLease(StoreState state) {
        int between = name.indexOf(BETWEEN);
        StoreState entry = entries(state, state.get(name.substring(0, between)).stream());
        return new StoreState(
                state.index(), entry.entries(), lease(state, name.substring(between + 1)));
    }

    private static Map<String, StoreState.Held> lease(StoreState state, String resource) {
        return state.leases().containsKey(resource)
                ? Map.of(resource, state.leases().get(resource))
                : Map.of();
    }
}
