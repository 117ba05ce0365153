package io.shoestring.proxy.mysql;

/**
 * The transaction (GTID) that a primary was heard to have committed last, by any client of the
 * listener. What leaves later is behind it in the log. Thread-safe.
 */
final class LastCommit {
    private record Heard(long epoch, String gtid) {}

    private volatile Heard heard = new Heard(-1, "");

    /** The primary of that epoch says so. */
    void heard(long epoch, String gtid) {
        heard = new Heard(epoch, gtid);
    }

    /** That of the primary of this epoch; empty: none was heard of. */
    String of(long epoch) {
        Heard last = heard;
        return last.epoch() == epoch ? last.gtid() : "";
    }
}
