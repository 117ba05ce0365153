package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.postgresql.SqlState;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What the server says of a transaction before its COMMIT: by that the next primary can tell what
 * became of it.
 *
 * <p>The question writes a record with the transaction's id into the write-ahead log, and tells
 * where that ends. A server that has this record does not give the id to another transaction, and
 * one that has not cannot have the COMMIT, which comes after it.
 */
final class CommitProbe {
    /** Asks nothing of a transaction that has no id, because it has written nothing. */
    static final String QUESTION =
            "SELECT pg_catalog.pg_current_xact_id_if_assigned(),"
                    + " CASE WHEN pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL THEN"
                    + " pg_catalog.pg_logical_emit_message(true, 'shoestring', '') END,"
                    + " pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn())";

    private static final int COLUMNS = 3;
    private static final int TIMELINE_DIGITS = 8;

    private boolean answered;
    private boolean failed;
    private boolean over;
    private boolean forbidden;
    private @Nullable CommitRecord found;

    /** The question failed. */
    void failed(String sqlState) {
        failed = true;
        forbidden = sqlState.equals(SqlState.INSUFFICIENT_PRIVILEGE);
    }

    /** Whether it failed because the client's role may not ask it. */
    boolean isForbidden() {
        return forbidden;
    }

    /** Something of the answer to the question has come. */
    boolean isOver() {
        return over || failed;
    }

    /** A DataRow. What is not as expected counts as no answer. */
    void read(ByteBuf in, int body, int length) {
        over = true;
        @Nullable String[] values = new @Nullable String[COLUMNS];
        int at = body + Short.BYTES;
        int end = body + length;
        for (int i = 0; i < COLUMNS; i++) {
            if (at + Integer.BYTES > end) {
                return;
            }
            int size = in.getInt(at);
            at += Integer.BYTES;
            if (size >= 0) {
                if (size > end - at) {
                    return;
                }
                values[i] = in.toString(at, size, StandardCharsets.US_ASCII);
                at += size;
            }
        }
        take(values[0], values[1], values[2]);
    }

    private void take(@Nullable String id, @Nullable String position, @Nullable String file) {
        if (id == null) {
            answered = true;
            return;
        }
        try {
            if (position != null && file != null && file.length() > TIMELINE_DIGITS) {
                int timeline = Integer.parseUnsignedInt(file, 0, TIMELINE_DIGITS, 16);
                found = new CommitRecord(Long.parseUnsignedLong(id), timeline, position);
                answered = true;
            }
        } catch (NumberFormatException notOurs) {
            answered = false;
        }
    }

    /** Whether it is known to have written nothing. */
    boolean wroteNothing() {
        return answered && !failed && found == null;
    }

    /** What was said; empty: nothing was, or it has written nothing. */
    Optional<CommitRecord> found() {
        return failed ? Optional.empty() : Optional.ofNullable(found);
    }
}
