package io.shoestring.proxy.postgresql;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What a client has been told of its server's settings. Most are told the same, and share one map
 * until one of them is told something of its own. On the client's event loop.
 */
final class KnownSettings {
    private Map<String, String> values = Map.of();
    private boolean own;
    private @Nullable Map<String, String> lastTold;

    /**
     * The client is told all of these at its beginning.
     *
     * @param all never changes
     */
    void begin(Map<String, String> all) {
        values = all;
        own = false;
        lastTold = all;
    }

    /** What it knows of one; empty text: nothing. */
    String value(String name) {
        return values.getOrDefault(name, "");
    }

    /** It is told one. */
    void tell(String name, String value) {
        lastTold = null;
        isNews(name, value);
    }

    /**
     * It is told what it does not know yet.
     *
     * @param all never changes
     * @param teller of those
     */
    @SuppressWarnings("ReferenceEquality") // Equal ones are mostly the same, and that is quick.
    void tellAll(Map<String, String> all, BiConsumer<String, String> teller) {
        if (lastTold == all) {
            return;
        }
        all.forEach(
                (name, value) -> {
                    if (isNews(name, value)) {
                        teller.accept(name, value);
                    }
                });
        lastTold = all;
        if (own && values.equals(all)) {
            values = all;
            own = false;
        }
    }

    private boolean isNews(String name, String value) {
        if (value.equals(values.get(name))) {
            return false;
        }
        if (!own) {
            values = new HashMap<>(values);
            own = true;
        }
        values.put(name, value);
        return true;
    }
}
