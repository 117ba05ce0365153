package io.shoestring.database.postgresql;

/** A wait between two looks. */
final class Pause {
    private Pause() {}

    /**
     * Sleeps.
     *
     * @throws PostgresException if the thread was interrupted: whatever was being done is cut off
     */
    static void millis(long millis) throws PostgresException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PostgresException("Interrupted; it can be done again.", e);
        }
    }
}
