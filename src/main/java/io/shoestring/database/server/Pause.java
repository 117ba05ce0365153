package io.shoestring.database.server;

import io.shoestring.database.DatabaseException;

/** A wait between two looks. */
public final class Pause {
    private Pause() {}

    /**
     * Sleeps.
     *
     * @throws DatabaseException if the thread was interrupted: whatever was being done is cut off
     */
    public static void millis(long millis) throws DatabaseException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DatabaseException("Interrupted; it can be done again.", e);
        }
    }
}
