package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A checkpoint may take minutes, and nothing else is done to a member meanwhile: it must end at
 * once when there is something more urgent.
 */
final class WatchedCheckpoint {
    private static final int LOOK_EVERY_MILLIS = 200;
    private static final int LOOKS_UNTIL_GIVEN_UP = 3;

    private final Connection connection;
    private final Watch watch;

    /**
     * @param connection without a limit for an answer; it is broken off if the checkpoint is
     */
    WatchedCheckpoint(Connection connection, Watch watch) {
        this.connection = connection;
        this.watch = watch;
    }

    /** Looks whether it still makes sense; is asked several times a second. */
    @FunctionalInterface
    interface Watch {
        /** A sentence why not, or empty. */
        Optional<String> problem() throws SQLException;
    }

    /**
     * Runs {@code CHECKPOINT} so often, one after the other.
     *
     * @throws DatabaseException if the watch has had the same to say three times, or could not look
     */
    void run(int times) throws SQLException, DatabaseException {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            executor.execute(() -> run(times, done));
            try {
                await(done);
            } finally {
                if (!done.isDone()) {
                    connection.abort(Runnable::run);
                }
            }
        }
    }

    private void run(int times, CompletableFuture<Void> done) {
        try {
            for (int i = 0; i < times; i++) {
                Sql.run(connection, "CHECKPOINT");
            }
            done.complete(null);
        } catch (SQLException e) {
            done.completeExceptionally(e);
        }
    }

    private void await(CompletableFuture<Void> done) throws SQLException, DatabaseException {
        int complaints = 0;
        while (true) {
            try {
                done.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                Optional<String> problem = look();
                complaints = problem.isPresent() ? complaints + 1 : 0;
                if (problem.isPresent() && complaints >= LOOKS_UNTIL_GIVEN_UP) {
                    throw new DatabaseException("A checkpoint was given up: " + problem.get());
                }
            } catch (ExecutionException e) {
                throw new SQLException("CHECKPOINT failed: " + e.getCause(), e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DatabaseException("A checkpoint was interrupted.", e);
            }
        }
    }

    private Optional<String> look() {
        try {
            return watch.problem();
        } catch (SQLException e) {
            return Optional.of("the server does not answer: " + e.getMessage());
        }
    }
}
