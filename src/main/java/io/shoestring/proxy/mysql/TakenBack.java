package io.shoestring.proxy.mysql;

import io.shoestring.monitoring.digest.Figures;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The kinds of statements that have changed only what a rollback takes back, by the word of a
 * server. One that is on its way when its server dies may be run again for that reason: a change of
 * a table whose engine knows no transactions would be there twice. Thread-safe.
 */
final class TakenBack {
    private static final int KINDS_MAX = 10_000;

    private final Set<Figures> kinds = ConcurrentHashMap.newKeySet();

    /** A statement of that kind was seen to. */
    void add(Request request) {
        Figures kind = request.figures();
        if (kind != null && !kinds.contains(kind)) {
            if (kinds.size() >= KINDS_MAX) {
                kinds.clear();
            }
            kinds.add(kind);
        }
    }

    boolean has(Request request) {
        Figures kind = request.figures();
        return kind != null && kinds.contains(kind);
    }
}
