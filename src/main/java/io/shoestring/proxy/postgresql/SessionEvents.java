package io.shoestring.proxy.postgresql;

import io.shoestring.protocol.postgresql.ErrorFields;

/** What the two sides of a session, {@link PrimarySide} and {@link ReplicaSide}, tell it. */
interface SessionEvents {
    /** A server connection is there. */
    void connected();

    /** What waits may be able to go now. */
    void changed();

    /** What waits shall be tried again then, unless something changes before. */
    void retryIn(long millis);

    /** A server cannot be had: it shall be asked again, ever more seldom. */
    void retryLater();

    /** Answers are complete, or have been given up: the client's next request may be taken. */
    void answered();

    /** This request shall be sent to the primary, instead of where it was. Takes it over. */
    void goesToPrimary(Batch batch, String why);

    /** This request shall wait for the next primary. Takes it over. */
    void waitsForPrimary(Batch batch);

    /** What waits will not be run; this is why. */
    void refuses(ErrorFields error);

    /** Whether a request waits to be sent. */
    boolean isWaiting();

    /** Nothing that was prepared, or set, is there any more. */
    void discarded();

    /** The session cannot go on. */
    void ends(ErrorFields error);

    /** Whether the client takes, or a server, more bytes may have changed. */
    void writabilityChanged();
}
