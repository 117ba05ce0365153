package io.shoestring.model;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The server connections that the clients of one listener share, on one node, now.
 *
 * @param size how many there may be for each user, database and member
 * @param servers how many there are
 * @param idle of these nobody uses
 * @param waiting clients that wait for one
 * @param kept clients that keep theirs between transactions, by the reason
 */
public record PoolStatus(int size, long servers, long idle, long waiting, Map<String, Long> kept) {
    public PoolStatus {
        kept = Collections.unmodifiableMap(new TreeMap<>(kept));
    }
}
