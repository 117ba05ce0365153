package io.shoestring.proxy.postgresql;

import java.util.Set;
import java.util.TreeSet;

/**
 * What an operator has closed on a listener's console, by the names of the server's databases.
 *
 * @param allPaused no transaction begins, in any of them
 * @param paused in these no transaction begins
 * @param disabled to these nobody new is let in
 */
record Gates(boolean allPaused, Set<String> paused, Set<String> disabled) {
    static final Gates OPEN = new Gates(false, Set.of(), Set.of());

    Gates {
        paused = Set.copyOf(paused);
        disabled = Set.copyOf(disabled);
    }

    /** Whether nothing is paused: nearly always. */
    boolean letAllBegin() {
        return !allPaused && paused.isEmpty();
    }

    boolean isPaused(String database) {
        return allPaused || paused.contains(database);
    }

    boolean isDisabled(String database) {
        return disabled.contains(database);
    }

    Gates withAllPaused() {
        return new Gates(true, paused, disabled);
    }

    Gates withPaused(String database) {
        return new Gates(allPaused, with(paused, database), disabled);
    }

    /** Nothing is paused any more. */
    Gates withNonePaused() {
        return new Gates(false, Set.of(), disabled);
    }

    Gates withResumed(String database) {
        return new Gates(allPaused, without(paused, database), disabled);
    }

    Gates withDisabled(String database) {
        return new Gates(allPaused, paused, with(disabled, database));
    }

    Gates withEnabled(String database) {
        return new Gates(allPaused, paused, without(disabled, database));
    }

    private static Set<String> with(Set<String> names, String name) {
        Set<String> more = new TreeSet<>(names);
        more.add(name);
        return more;
    }

    private static Set<String> without(Set<String> names, String name) {
        Set<String> fewer = new TreeSet<>(names);
        fewer.remove(name);
        return fewer;
    }
}
