package io.shoestring.proxy.postgresql;

import io.shoestring.proxy.LoopStatements;
import io.shoestring.proxy.postgresql.statement.Classification;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * A statement that the client has prepared under a name (the empty name too).
 *
 * @param parse the whole Parse message as the client sent it
 * @param meaning what its text is
 * @param textHash of its text, see {@link Learned}
 * @param effect what running it does to the session, if it does
 * @param row where its runs are counted
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by identity only.
record PreparedStatement(
        String name,
        byte[] parse,
        Classification meaning,
        long textHash,
        @Nullable Effect effect,
        LoopStatements.Row row) {
    /** Whether the server would not know the one from the other. */
    boolean isSameAs(PreparedStatement other) {
        return equals(other) || (textHash == other.textHash && Arrays.equals(parse, other.parse));
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
