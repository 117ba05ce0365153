package io.shoestring.proxy.mysql;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.MemberSpec;

/**
 * What a transaction leaves in the binary log, so that it can be found again on the next primary: a
 * savepoint just before its COMMIT, which waits for it, with a name that no other has. MariaDB
 * writes savepoints into the log as part of the transaction, and a replica writes what it applies
 * into its own log.
 *
 * @see CommitOutcomeSource
 */
public final class CommitMark {
    private final String name;
    private final MemberSpec member;
    private final long epoch;
    private final String before;
    private final long sentNanos;

    /**
     * @param name of the savepoint
     * @param member where it is
     * @param before a transaction (GTID) that was committed there before; empty: none is known
     * @param sentNanos when, by the node's clock
     */
    public CommitMark(String name, MemberSpec member, long epoch, String before, long sentNanos) {
        this.name = requireNonNull(name, "name is null");
        this.member = requireNonNull(member, "member is null");
        this.epoch = epoch;
        this.before = requireNonNull(before, "before is null");
        this.sentNanos = sentNanos;
    }

    /** That puts it into the transaction. */
    String statement() {
        return "SAVEPOINT " + name;
    }

    public String name() {
        return name;
    }

    /** The primary of then. */
    public MemberSpec member() {
        return member;
    }

    /** In which that was the primary. */
    public long epoch() {
        return epoch;
    }

    /** A transaction that was committed there before; empty: none is known. */
    public String before() {
        return before;
    }

    /** When the COMMIT left, by the node's clock. */
    public long sentNanos() {
        return sentNanos;
    }
}
