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
 * @param name a key, the beginning of keys, or a resource
 */
record Question(What what, String name) {
    enum What {
        KEY,
        PREFIX,
        LEASE,
        INDEX
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
            case LEASE -> new StoreState(state.index(), Map.of(), lease(state));
            case INDEX -> new StoreState(state.index(), Map.of(), Map.of());
        };
    }

    private static StoreState entries(StoreState state, Stream<Entry> wanted) {
        return new StoreState(
                state.index(), wanted.collect(toMap(Entry::key, identity())), Map.of());
    }

    private Map<String, StoreState.Held> lease(StoreState state) {
        return state.leases().containsKey(name) ? Map.of(name, state.leases().get(name)) : Map.of();
    }
}
