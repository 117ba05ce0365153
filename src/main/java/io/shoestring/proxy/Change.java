package io.shoestring.proxy;

/**
 * A listener's next configuration, with everything done that could fail: it is taken up or dropped,
 * once.
 */
public interface Change {
    /**
     * From now on the listener works by it; connections stay open. What is on its way is finished
     * as it was begun. Cannot fail.
     */
    void takeUp();

    /** Lets go of what was opened for it; the listener works on as before. */
    void drop();
}
