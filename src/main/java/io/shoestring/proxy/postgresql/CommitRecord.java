package io.shoestring.proxy.postgresql;

import static java.util.Objects.requireNonNull;

/**
 * By what a transaction is known whose COMMIT was on its way when its server was lost.
 *
 * @param transaction its 64-bit id
 * @param timeline of the server
 * @param position where the last record before the COMMIT ends in the write-ahead log, like {@code
 *     0/3000138}; that record has the transaction's id
 */
public record CommitRecord(long transaction, int timeline, String position) {
    public CommitRecord {
        requireNonNull(position, "position is null");
    }
}
