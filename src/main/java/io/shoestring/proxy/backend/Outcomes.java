package io.shoestring.proxy.backend;

/**
 * Is told how the traffic itself fares with a server, so that checks can learn from it. Called on
 * event loops; returns at once.
 */
public interface Outcomes {
    /** Nobody listens. */
    Outcomes IGNORED =
            new Outcomes() {
                @Override
                public void succeeded() {}

                @Override
                public void failed(String why) {}

                @Override
                public void answeredBadly(String why) {}
            };

    /** The server did what was asked. */
    void succeeded();

    /**
     * It could not be reached.
     *
     * @param why a clause such as "connection refused"
     */
    void failed(String why);

    /**
     * It was reached, but what it answered is an error, or nothing at all.
     *
     * @param why a clause such as "answered 500"
     */
    void answeredBadly(String why);
}
