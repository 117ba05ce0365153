package io.shoestring.database.mysql;

import java.io.IOException;

/** A commit of our own, which is in the log after every commit that was begun before it. */
final class Barrier {
    private Barrier() {}

    /** Makes its table. */
    static void make(ServerConnection connection) throws IOException, MysqlException {
        connection.run(
                "CREATE TABLE IF NOT EXISTS shoestring.barrier (id INT PRIMARY KEY, passed BIGINT"
                        + " NOT NULL) ENGINE=InnoDB COMMENT='Written by Shoestring to see that"
                        + " commits are replicated'");
    }

    /**
     * Returns when it is committed, which is after it was acknowledged if commits wait for that.
     */
    static void pass(ServerConnection connection) throws IOException, MysqlException {
        connection.run(
                "INSERT INTO shoestring.barrier (id, passed) VALUES (1, 1)"
                        + " ON DUPLICATE KEY UPDATE passed = passed + 1");
    }
}
