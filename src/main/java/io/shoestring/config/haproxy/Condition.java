package io.shoestring.config.haproxy;

import java.util.List;

/**
 * What an ACL looks at, by the key of our routes.
 *
 * @param key {@code host}, {@code path}, {@code path-matches}, {@code methods}, {@code headers},
 *     {@code cookies}, {@code query}, {@code from}, {@code not-from}, {@code server-name}, or
 *     {@code tls}
 * @param values one of them must fit
 */
record Condition(String key, List<String> values) {
    Condition {
        values = List.copyOf(values);
    }
}
