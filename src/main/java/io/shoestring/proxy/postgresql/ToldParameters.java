package io.shoestring.proxy.postgresql;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What servers have told of their settings. Equal ones are one and the same map, so that a client
 * which borrows one connection after the other need not compare them name by name for each request.
 * Thread-safe.
 */
final class ToldParameters {
    private static final int REMEMBERED_MAX = 1_000;

    private final Map<Map<String, String>, Map<String, String>> known = new ConcurrentHashMap<>();

    /**
     * An unmodifiable map that is equal, in the server's own order; the same one for equal maps,
     * unless there are very many.
     */
    Map<String, String> one(Map<String, String> told) {
        Map<String, String> before = known.get(told);
        if (before != null) {
            return before;
        }
        Map<String, String> copy = Collections.unmodifiableMap(new LinkedHashMap<>(told));
        if (known.size() >= REMEMBERED_MAX) {
            return copy;
        }
        Map<String, String> first = known.putIfAbsent(copy, copy);
        return first == null ? copy : first;
    }
}
