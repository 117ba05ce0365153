package io.shoestring.proxy.postgresql;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What servers have told of their settings, or clients have asked for at their beginning. Equal
 * ones are one and the same map: ten thousand clients need one, and who compares them name by name
 * for each request mostly need not. Thread-safe.
 */
final class SharedMaps {
    private static final int REMEMBERED_MAX = 1_000;

    private final Map<Map<String, String>, Map<String, String>> known = new ConcurrentHashMap<>();

    /**
     * An unmodifiable map that is equal, in the order of the first; the same one for equal maps,
     * unless there are very many.
     */
    Map<String, String> one(Map<String, String> map) {
        Map<String, String> before = known.get(map);
        if (before != null) {
            return before;
        }
        Map<String, String> copy = Collections.unmodifiableMap(new LinkedHashMap<>(map));
        if (known.size() >= REMEMBERED_MAX) {
            return copy;
        }
        Map<String, String> first = known.putIfAbsent(copy, copy);
        return first == null ? copy : first;
    }
}
