package io.shoestring.proxy.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.proxy.FreshnessBoard;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Tells a {@link FreshnessBoard} the truth about the replica of a pair, every few milliseconds. */
final class FreshnessPoller implements AutoCloseable {
    private static final long EVERY_MILLIS = 3;

    private final Thread thread;
    private volatile boolean stopped;

    FreshnessPoller(PostgresPair pair, FreshnessBoard board, Clock clock) {
        thread = Thread.ofVirtual().start(() -> run(pair, board, clock));
    }

    private void run(PostgresPair pair, FreshnessBoard board, Clock clock) {
        try (Connection primary = pair.direct(pair.primary());
                Connection replica = pair.direct(pair.replica());
                var written = primary.prepareStatement("select pg_current_wal_flush_lsn()");
                var applied =
                        replica.prepareStatement(
                                "select pg_last_wal_replay_lsn() >= ?::text::pg_lsn")) {
            while (!stopped) {
                long before = clock.nanos();
                String lsn = value(written);
                applied.setString(1, lsn);
                while (!stopped && !value(applied).equals("t")) {
                    Thread.sleep(1);
                }
                board.applied(pair.replica().name(), before);
                Thread.sleep(EVERY_MILLIS);
            }
        } catch (SQLException e) {
            // A server is gone: the last word stands, as it does when a real poller fails.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String value(PreparedStatement statement) throws SQLException {
        try (ResultSet result = statement.executeQuery()) {
            result.next();
            return result.getString(1);
        }
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
